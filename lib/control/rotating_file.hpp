#pragma once
// A file of lines that only grows at its end, and is moved aside when it is full: NAME.jsonl, then
// NAME.1.jsonl, NAME.2.jsonl, … the oldest of which is thrown away. Several processes may write it: a lock on
// the file puts their writes in a row. What a process killed in the middle of a write leaves, the last line
// cut short, is cut off by the next write and never read.
//
// Every call blocks: for a blocking lane, or a command. Nothing is synced to the disk: lines survive the
// process, not the loss of power.

#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::control {

/// What is kept of one kind of lines, and how much.
struct rotation {
    std::string_view name;    // of the files, without ".jsonl"
    std::uint64_t file_bytes; // a file is full when the next lines would make it larger
    int files;                // that are kept, the one being written among them
};

class rotating_file {
public:
    rotating_file(std::string directory, rotation limits)
        : directory_(std::move(directory))
        , limits_(limits) {}

    enum class place : std::uint8_t {
        at_end,       // of the file, or of a new one when it is full
        in_new_file,  // whatever room there is
        in_same_file, // however large it is: for lines that build on those before
    };

    /// Adds whole lines, each with its newline: all of them, or none. Errors: io.
    [[nodiscard]] result<void> append(std::string_view lines, place where = place::at_end) const;

    /// Calls for every whole line without its newline, from the newest to the oldest, until told `false`.
    /// Sees each line once even while files are moved aside. A file that is not there holds none. Errors: io.
    [[nodiscard]] result<void> each_backwards(const std::function<bool(std::string_view)>& line) const;

    /// Of the file that is written; 0 when it is not there.
    [[nodiscard]] std::uint64_t size() const;

    /// Of file `number`, 0 being the one that is written.
    [[nodiscard]] std::string path(int number = 0) const;

private:
    std::string directory_;
    rotation limits_;
};

} // namespace sluice::control
