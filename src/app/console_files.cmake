# kapok_embed_console(TARGET): puts the files of console/dist, where they are, into TARGET as
# kapok::app::console_files(). `tools/console` makes them, each with a .gz beside it where that pays.
function(kapok_embed_console target)
  set(dist ${PROJECT_SOURCE_DIR}/console/dist)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${dist} ${dist}/*)
  list(FILTER files EXCLUDE REGEX "(^|/)\\.|\\.gz$")
  set(assembly "    .section .rodata\n")
  set(declared "")
  set(listed "")
  set(embedded "")
  set(number 0)
  foreach(file IN LISTS files)
    file(SHA256 ${dist}/${file} hash)
    string(SUBSTRING ${hash} 0 16 hash)
    set(gzip "{}")
    foreach(part "" ".gz")
      if(NOT EXISTS ${dist}/${file}${part})
        continue()
      endif()
      string(REPLACE "." "_" suffix "${part}")
      set(symbol kapok_console_${number}${suffix})
      file(SIZE ${dist}/${file}${part} size)
      string(APPEND assembly "    .globl ${symbol}\n${symbol}:\n    .incbin \"${dist}/${file}${part}\"\n")
      string(APPEND declared "extern const char ${symbol}[];\n")
      set(view "std::string_view(${symbol}, ${size})")
      list(APPEND embedded ${dist}/${file}${part})
      if(part STREQUAL "")
        set(bytes "${view}")
      else()
        set(gzip "${view}")
      endif()
    endforeach()
    string(APPEND listed "        {.path = \"/${file}\", .bytes = ${bytes}, .gzip = ${gzip}, .etag = \"\\\"${hash}\\\"\"},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  if(number EQUAL 0)
    set(body "    return {};\n")
  else()
    set(body "    static const std::array<ConsoleFile, ${number}> files{{\n${listed}    }};\n    return files;\n")
  endif()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/console_files)
  file(CONFIGURE OUTPUT ${output}.S CONTENT "${assembly}    .section .note.GNU-stack,\"\",%progbits\n" @ONLY)
  file(CONFIGURE OUTPUT ${output}.cpp CONTENT
"#include <array>
#include \"app/server/console_assets.h\"
extern \"C\" {
${declared}}
namespace kapok::app {
std::span<const ConsoleFile> console_files() noexcept {
${body}}
}  // namespace kapok::app
" @ONLY)
  set_source_files_properties(${output}.S PROPERTIES OBJECT_DEPENDS "${embedded}")
  target_sources(${target} PRIVATE ${output}.S ${output}.cpp)
endfunction()
