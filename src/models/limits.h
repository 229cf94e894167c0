#pragma once

// Limits of the gateway, of batches, and of what is imported for them.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kapok::models {

inline constexpr std::int64_t kChoicesMax = 128;   // `n` of a call.
inline constexpr std::int64_t kInputsMax = 2'048;  // Texts of one embeddings call.
inline constexpr std::int64_t kModelNameBytesMax = 128;
inline constexpr std::int64_t kTokensMax = 100'000'000;     // Of one call; beyond any context.
inline constexpr std::int64_t kMessageOverheadTokens = 64;  // Of a chat template, per message.
inline constexpr std::int64_t kTemplateOverheadTokens = 1'024;

inline constexpr std::int64_t kCountMax = 1'000'000'000'000;  // Of what is only counted.

// Servers that share a database. The lease that each keeps, how often it looks, and how long after
// having kept it it admits calls: short enough that a command under way still beats its end.
inline constexpr std::chrono::seconds kServerLease{6};
inline constexpr std::chrono::seconds kServerLook{2};
inline constexpr std::chrono::seconds kServerAwake{5};

// A deployment on own compute.
inline constexpr std::int64_t kSlotsMax = 256;
inline constexpr std::int64_t kContextTokensMin = 256;
inline constexpr std::int64_t kIdleStopMinS = 5;
inline constexpr std::int64_t kIdleStopMaxS = 604'800;

// Files and batches.
inline constexpr std::int64_t kFileBytesMax = 200'000'000;
inline constexpr std::int64_t kFormBytesMax = kFileBytesMax + 65'536;  // With the form around it.
inline constexpr std::int64_t kProjectFilesMax = 1'000;
inline constexpr std::int64_t kProjectFileBytesMax = 10'000'000'000;  // Of a project's files.
inline constexpr std::int64_t kBatchLinesMax = 50'000;
inline constexpr std::int64_t kLineBytesMax = 8 * 1'024 * 1'024;
inline constexpr std::int64_t kCustomIdBytesMax = 512;
inline constexpr std::int64_t kProjectBatchesMax = 100;  // That are not over.
inline constexpr std::int64_t kLineFaultsMax = 100;      // Shown of a bad input file.
inline constexpr std::int64_t kLineAttemptsMax = 8;      // At a model that does not answer.
inline constexpr std::int64_t kLineAnswerBytesMax = 16 * 1'024 * 1'024;
inline constexpr std::int64_t kMetadataMembersMax = 16;
inline constexpr std::int64_t kMetadataNameBytesMax = 64;
inline constexpr std::int64_t kMetadataValueBytesMax = 512;
inline constexpr std::int64_t kFileLifetimeMinS = 3'600;
inline constexpr std::int64_t kFileLifetimeMaxS = 2'592'000;
inline constexpr std::chrono::hours kCompletionWindow{24};
inline constexpr std::int64_t kFilesPageMax = 10'000;
inline constexpr std::int64_t kBatchesPageMax = 100;

// Of a form (multipart/form-data).
inline constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046 section 5.1.1.
inline constexpr std::size_t kFormPartsMax = 16;
inline constexpr std::size_t kPartHeaderBytesMax = 8 * 1'024;
inline constexpr std::size_t kFieldNameBytesMax = 100;
inline constexpr std::size_t kFieldBytesMax = 1'024;  // Of a part that is no file.
inline constexpr std::size_t kFileNameBytesMax = 255;
// Weights and where they come from.
inline constexpr std::int64_t kWeightsBytesMax = std::int64_t{1} << 40U;
inline constexpr std::int64_t kMetadataBytesMax = std::int64_t{1} << 29U;  // A file's, all of it.
inline constexpr std::size_t kMetadataKeyBytesMax = 256;
inline constexpr std::size_t kMetadataTextBytesMax = 4'096;  // Longer ones are not kept.
inline constexpr std::uint64_t kMetadataPairsMax = 65'536;
inline constexpr std::uint64_t kTensorsMax = 1'000'000;
inline constexpr std::size_t kSourceBytesMax = 2'048;
inline constexpr int kRedirectsMax = 8;
inline constexpr std::size_t kWeightsNameBytesMax = 200;
inline constexpr std::uint64_t kUploadPieceBytesMax = 16 << 20;
inline constexpr std::size_t kImportsAtOnce = 2;    // Of one server.
inline constexpr std::int64_t kImportTriesMax = 8;  // In a row without a new byte.

}  // namespace kapok::models
