#pragma once

// What `kapok config show` says of the limits of backups: every constant of limits.h, as tidy
// checks, with its unit and its meaning.

#include <array>

#include "app/backup/limits.h"
#include "core/limit.h"

namespace kapok::app::backup {

inline constexpr std::array kLimitTable{
    core::limit("backup.passphrase_letters_min", kPassphraseLettersMin, "letter",
                "That a passphrase must have", "口令的最少字符数"),
    core::limit("backup.small_member_bytes_max", kSmallMemberBytesMax, "byte",
                "Of the manifest or the keys in a backup", "备份中清单或密钥的字节数上限"),
    core::limit("backup.sums_bytes_max", kSumsBytesMax, "byte", "Of a backup's list of checksums",
                "备份校验和清单的字节数上限"),
    core::limit("backup.extended_header_bytes_max", kExtendedHeaderBytesMax, "byte",
                "Of a tar file's extended header", "tar 扩展头的字节数上限"),
    core::limit("backup.bytes_at_once", kBytesAtOnce, "byte", "Read or written at a time",
                "一次读写的字节数"),
    core::limit("backup.member_bytes_max", kMemberBytesMax, "byte", "Of one file in a backup",
                "备份中单个文件的字节数上限"),
    core::time_limit("backup.proof_statement", kProofStatement,
                     "Of one statement of a backup's proof", "备份核验单条语句的时限"),
    core::limit("backup.passes_max", kPassesMax, "pass", "That sealed keys may ask of argon2id",
                "加封密钥可要求的 argon2id 轮数上限"),
    core::limit("backup.memory_bytes_max", kMemoryBytesMax, "byte",
                "That sealed keys may ask of argon2id", "加封密钥可要求的 argon2id 内存上限")};

}  // namespace kapok::app::backup
