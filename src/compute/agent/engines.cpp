#include "compute/agent/engines.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/process/descriptor.h"

namespace kapok::compute::agent {

namespace fs = std::filesystem;
namespace process = platform::process;

namespace {

constexpr std::string_view kEngineFolder = "/engine";
constexpr std::string_view kModelFolder = "/models";
constexpr std::size_t kLibrariesMax = 64;
constexpr int kPortTries = 100;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool is_program(const fs::path& path) {
    struct stat info{};
    return path.is_absolute() && ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
}

std::optional<fs::path> in_search_path(std::string_view search) {
    while (!search.empty()) {
        const auto end = std::min(search.find(':'), search.size());
        fs::path program = fs::path(search.substr(0, end)) / kLlamaServer;
        if (is_program(program)) {
            return program;
        }
        search.remove_prefix(std::min(end + 1, search.size()));
    }
    return std::nullopt;
}

// The last version by name, as tools/engine keeps them.
std::optional<fs::path> in_cache(const fs::path& cache) {
    std::optional<fs::path> newest;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(cache / "engine", code)) {
        const fs::path program = entry.path() / kLlamaServer;
        if (is_program(program) && (!newest || program > *newest)) {
            newest = program;
        }
    }
    return newest;
}

std::optional<fs::path> find_llama_server(const EnginePlaces& places) {
    if (is_program(places.configured)) {
        return places.configured;
    }
    if (auto found = in_search_path(places.search_path)) {
        return found;
    }
    for (const fs::path& cache : places.caches) {
        if (auto found = in_cache(cache)) {
            return found;
        }
    }
    return std::nullopt;
}

// Libraries that were built with the engine lie beside it, and are looked for there.
std::vector<fs::path> libraries_beside(const fs::path& engine) {
    std::vector<fs::path> libraries;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(engine.parent_path(), code)) {
        const bool is_library = entry.path().filename().native().find(".so") != std::string::npos;
        if (is_library && entry.is_regular_file(code) && libraries.size() < kLibrariesMax) {
            libraries.push_back(entry.path());
        }
    }
    return libraries;
}

// All places at once, so that what was filled in is never looked at again.
std::string with_places(std::string_view argument, std::string_view model, std::uint16_t port) {
    const std::array<std::pair<std::string_view, std::string>, 3> places{
        {{"{model}", std::string(model)},
         {"{host}", "127.0.0.1"},
         {"{port}", std::to_string(port)}}};
    std::string filled;
    while (!argument.empty()) {
        const auto found = std::ranges::find_if(
            places, [&](const auto& place) { return argument.starts_with(place.first); });
        if (found == places.end()) {
            filled += argument.front();
            argument.remove_prefix(1);
        } else {
            filled += found->second;
            argument.remove_prefix(found->first.size());
        }
    }
    return filled;
}

}  // namespace

EnginePlaces engine_places() {
    EnginePlaces places{variable("KAPOK_ENGINE"), variable("PATH"), {"/var/cache/kapok"}};
    if (const std::string home = variable("HOME"); !home.empty()) {
        places.caches.push_back(fs::path(home) / ".cache/kapok");
    }
    return places;
}

Engines find_engines(const EnginePlaces& places) {
    Engines engines;
    if (auto found = find_llama_server(places)) {
        std::error_code code;
        const fs::path real = fs::canonical(*found, code);  // The sandbox has no links to it.
        engines.emplace(kLlamaServer, code ? *found : real);
    }
    return engines;
}

void place_engine(process::AttemptSpec& spec, const EngineFiles& files,
                  const std::vector<std::string>& arguments, std::uint16_t port) {
    std::string engine = files.engine.string();
    std::string model = files.model.string();
    if (spec.confinement != process::Confinement::Plain) {
        model = fs::path(kModelFolder) / files.model.filename();
        spec.mounts.push_back({files.model.string(), model, false});
        if (!engine.starts_with("/usr/")) {  // Which the sandbox has anyway.
            engine = fs::path(kEngineFolder) / files.engine.filename();
            spec.mounts.push_back({files.engine.string(), engine, false});
            for (const fs::path& library : libraries_beside(files.engine)) {
                const fs::path target = fs::path(kEngineFolder) / library.filename();
                spec.mounts.push_back({library.string(), target.string(), false});
            }
        }
    }
    spec.command = {engine};
    for (const std::string& argument : arguments) {
        spec.command.push_back(with_places(argument, model, port));
    }
}

std::uint16_t find_free_port(const std::vector<std::uint16_t>& taken) {
    for (int i = 0; i < kPortTries; ++i) {
        const process::Descriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* place = reinterpret_cast<sockaddr*>(&address);  // NOLINT: as the system wants it.
        if (!probe || ::bind(probe.get(), place, sizeof address) != 0 ||
            ::getsockname(probe.get(), place, &size) != 0) {
            return 0;
        }
        const std::uint16_t port = ntohs(address.sin_port);
        if (std::ranges::find(taken, port) == taken.end()) {
            return port;
        }
    }
    return 0;
}

}  // namespace kapok::compute::agent
