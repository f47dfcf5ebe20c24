#pragma once
// One function for each section of the file. Each reads what is there into the declaration, reports what is
// wrong, and leaves defaults where it found nothing.

#include "config/claims.hpp"
#include "config/cursor.hpp"
#include "model/declared.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::config {

model::declaration read_file(decoding& d, const node& root);

void read_kafka(decoding& d, const mapping& in, model::kafka_cluster& to);
void read_connect(decoding& d, const mapping& in, model::connect_cluster& to);
void read_http(const mapping& in, model::http_settings& to);
void read_reconcile(decoding& d, const mapping& in, model::reconcile_settings& to);
void read_freeze(decoding& d, const node& entry, std::vector<model::freeze_window>& to);

/// `instance` may be empty, when its name could not be read: then nothing is derived from it.
void read_pipeline(
    decoding& d, const mapping& in, const std::string& instance, claims& all, model::pipeline& to
);
void read_source(decoding& d, const mapping& in, model::source& to);
void read_topics(decoding& d, const mapping& in, model::topic_settings& to);
void read_sink(decoding& d, const mapping& in, model::sink& to);
void read_connector(decoding& d, const mapping& in, model::plain_connector& to);

/// host, port, database, user and password: of a source or a sink.
void read_database(const mapping& in, model::database& to);

/// Where a source or sink of another type goes.
inline constexpr std::string_view other_classes = "; any other connector class goes under `connectors:`";

inline constexpr std::pair<std::string_view, model::target_state> target_states[] = {
    {"running", model::target_state::running},
    {"paused", model::target_state::paused},
    {"stopped", model::target_state::stopped},
};

} // namespace sluice::config
