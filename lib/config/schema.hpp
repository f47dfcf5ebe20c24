#pragma once
// Which keys each section of the file has. docs/configuration.md is checked against this table.

#include <span>
#include <string_view>

namespace sluice::config {

struct section {
    std::string_view name; // as messages and the reference call it
    std::span<const std::string_view> keys;
    std::span<const std::string_view> announced; // of the contract, without effect in this version: refused
    bool has_config = false;                     // connector properties go into its `config:`
};

namespace schema {
extern const section file;
extern const section kafka;
extern const section connect;
extern const section http;
extern const section reconcile;
extern const section restarts;
extern const section freeze;
extern const section pipeline;
extern const section source;
extern const section topics;
extern const section sink;
extern const section dead_letter;
extern const section connector;
} // namespace schema

std::span<const section* const> all_sections();

} // namespace sluice::config
