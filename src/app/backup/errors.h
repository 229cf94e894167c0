#pragma once

// What can be wrong with a backup, or with the wish for one.

#include <array>

#include "core/result.h"

namespace kapok::app::backup {

using core::ErrorCode;
using core::ErrorKind;

inline constexpr ErrorCode kKeysNotChosen{
    "backup.keys_not_chosen", ErrorKind::InvalidArgument,
    "say what becomes of the keys: --passphrase-file FILE seals them, --keys-in-clear puts them in "
    "as they are, --without-keys leaves them out (then keep DATA/keys/master.key elsewhere: "
    "nothing can be restored without it)",
    "请指明密钥如何处理：--passphrase-file 文件 为密封，--keys-in-clear 为原样放入，--without-keys "
    "为不放入（此时须另行保存 DATA/keys/master.key，缺少它便无法恢复）"};
inline constexpr ErrorCode kBadPassphrase{
    "backup.bad_passphrase", ErrorKind::InvalidArgument,
    "a passphrase must have at least {limit} characters on the first line of its file",
    "口令须在文件首行，且不少于 {limit} 个字符"};
inline constexpr ErrorCode kPassphraseNeeded{
    "backup.passphrase_needed", ErrorKind::InvalidArgument,
    "the keys in {file} are sealed: give --passphrase-file FILE",
    "{file} 中的密钥已密封：请给出 --passphrase-file 文件"};
inline constexpr ErrorCode kMasterKeyNeeded{
    "backup.master_key_needed", ErrorKind::InvalidArgument,
    "the keys are not in {file}: give the copy of the master key with --master-key FILE",
    "{file} 中没有密钥：请用 --master-key 给出主密钥的副本"};
inline constexpr ErrorCode kWrongPassphrase{"backup.wrong_passphrase", ErrorKind::Unprocessable,
                                            "this passphrase does not open the keys in {file}",
                                            "该口令无法打开 {file} 中的密钥"};
inline constexpr ErrorCode kWrongMasterKey{
    "backup.wrong_master_key", ErrorKind::Unprocessable,
    "this master key belongs to the platform that signs as {actual}; the backup is of {expected}",
    "该主密钥属于以 {actual} 签名的平台，而备份来自 {expected}"};
inline constexpr ErrorCode kFileExists{"backup.file_exists", ErrorKind::Conflict,
                                       "{file} exists already; a backup is never overwritten",
                                       "{file} 已存在；备份不会被覆盖"};
inline constexpr ErrorCode kFolderNotEmpty{
    "backup.folder_not_empty", ErrorKind::Conflict,
    "{folder} is not empty; restore into a new folder, then start the server with --data",
    "{folder} 不为空；请恢复到新目录，再用 --data 启动服务"};
inline constexpr ErrorCode kDatabaseNotEmpty{
    "backup.database_not_empty", ErrorKind::Conflict,
    "the database has tables already; make an empty one for what is restored",
    "该数据库已有数据表；请为恢复新建一个空数据库"};
inline constexpr ErrorCode kOtherDatabase{"backup.other_database", ErrorKind::InvalidArgument,
                                          "the backup is of {expected}: {remedy}",
                                          "该备份来自 {expected}：{remedy}"};
inline constexpr ErrorCode kDatabaseOlder{
    "backup.database_older", ErrorKind::Unprocessable,
    "the database is of another version of {module} than this program ({actual}, not {expected}); "
    "take the backup with the program that serves it",
    "数据库中 {module} 的版本与本程序不同（{actual}，而非 "
    "{expected}）；请用正在提供服务的程序备份"};
inline constexpr ErrorCode kNewer{
    "backup.newer", ErrorKind::Unprocessable,
    "{file} was made by {program}, whose {module} is newer than this program knows; use that "
    "program or a newer one",
    "{file} 由 {program} 生成，其中 {module} 比本程序所知的更新；请使用该程序或更新的程序"};
inline constexpr ErrorCode kDamaged{"backup.damaged", ErrorKind::Unprocessable,
                                    "{file} is not a whole backup: {what}",
                                    "{file} 不是完整的备份：{what}"};
inline constexpr ErrorCode kNotProven{
    "backup.not_proven", ErrorKind::Unprocessable,
    "what was restored is not what was backed up ({what}); nothing was left behind",
    "恢复结果与备份时不符（{what}）；未留下任何数据"};
inline constexpr ErrorCode kCannotWrite{"backup.cannot_write", ErrorKind::Unavailable,
                                        "{file} cannot be written: {reason}",
                                        "无法写入 {file}：{reason}"};
inline constexpr ErrorCode kCannotRead{"backup.cannot_read", ErrorKind::NotFound,
                                       "{file} cannot be read: {reason}",
                                       "无法读取 {file}：{reason}"};

inline constexpr std::array kErrors{
    &kKeysNotChosen,    &kBadPassphrase,  &kPassphraseNeeded, &kMasterKeyNeeded,
    &kWrongPassphrase,  &kWrongMasterKey, &kFileExists,       &kFolderNotEmpty,
    &kDatabaseNotEmpty, &kOtherDatabase,  &kDatabaseOlder,    &kNewer,
    &kDamaged,          &kNotProven,      &kCannotWrite,      &kCannotRead};
static_assert(core::languages_agree(kErrors));

}  // namespace kapok::app::backup
