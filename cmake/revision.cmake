# The commit that a binary was built from, for `sluice version` and sluice_build_info.
# Read at configure time: an edit does not relink everything.

execute_process(
  COMMAND git -C ${PROJECT_SOURCE_DIR} rev-parse --short=12 HEAD
  OUTPUT_VARIABLE SLUICE_REVISION
  OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET)
if(NOT SLUICE_REVISION)
  set(SLUICE_REVISION "unknown")
endif()
