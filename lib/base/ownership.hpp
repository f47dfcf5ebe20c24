#pragma once
// What a command of root's leaves behind belongs to whom the place belongs, so that the daemon's user can go
// on with it.

#include <filesystem>
#include <string>
#include <system_error>

namespace sluice {

/// Gives an open file or directory to the owner of the directory that it is in. Nothing happens unless we are
/// root, and nothing to a file with a second name, which may be anybody's.
void give_to_owner_of(const std::string& directory, int file);

/// Makes a directory where it is missing, for its owner alone, with those above it; each new one belongs to
/// the owner of the one that it is in. Why it could not be made; whoever goes on to use it finds out anyway.
std::error_code make_directory(const std::filesystem::path& directory);

} // namespace sluice
