#pragma once

// The engines that this node offers: names that a service may ask for, and the programs that they
// stand for here. Nobody but the node's operator fills the table.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/process/attempt.h"

namespace kapok::compute::agent {

using Engines = std::map<std::string, std::filesystem::path, std::less<>>;

inline constexpr std::string_view kLlamaServer = "llama-server";

// Where to look for llama-server when nothing was configured.
struct EnginePlaces {
    std::string configured;                     // Of KAPOK_ENGINE; used if it is a program.
    std::string search_path;                    // Of PATH.
    std::vector<std::filesystem::path> caches;  // With engine/VERSION/llama-server.
};
[[nodiscard]] EnginePlaces engine_places();  // As this process's environment has them.
[[nodiscard]] Engines find_engines(const EnginePlaces& places = engine_places());

// An engine and its model as a job in the sandbox finds them.
struct EngineFiles {
    std::filesystem::path engine;
    std::filesystem::path model;
};
// Fills command and mounts. Outside of a sandbox nothing is mounted, and the paths are the node's.
void place_engine(platform::process::AttemptSpec& spec, const EngineFiles& files,
                  const std::vector<std::string>& arguments, std::uint16_t port);

// A port of the loopback that is free now and not among `taken`; 0 if there is none.
[[nodiscard]] std::uint16_t find_free_port(const std::vector<std::uint16_t>& taken);

}  // namespace kapok::compute::agent
