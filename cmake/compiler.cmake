# Warnings, sanitizers, linker and compiler cache: what holds for every target of ours.

add_library(sluice_compiler INTERFACE)
target_compile_options(
  sluice_compiler
  INTERFACE -Wall
            -Wextra
            -Wshadow
            -Wconversion
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Werror
            -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees phantom uninitialised values in std::variant and std::optional under -O2 and sanitizers.
  target_compile_options(sluice_compiler INTERFACE -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Shadowing is left to GCC, by whose narrower meaning the code is written.
  target_compile_options(sluice_compiler INTERFACE -Wno-missing-field-initializers -Wno-shadow)
endif()

if(SLUICE_SANITIZE_ADDRESS)
  # Left out is what the processor or AddressSanitizer sees anyway: it was a third of the time to compile.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-sanitize=null,alignment,object-size,vptr)
  add_link_options(-fsanitize=address,undefined)
endif()
if(SLUICE_SANITIZE_THREAD)
  # ThreadSanitizer does not know fences; Asio's are an extra beside its mutexes.
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(SLUICE_FUZZERS)
  # libFuzzer is led by the branches taken in all our code, not in the target's own file alone.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SLUICE_CCACHE})
endif()
find_program(SLUICE_MOLD mold)
if(SLUICE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
