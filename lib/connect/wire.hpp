#pragma once
// Kafka Connect's JSON turned into values of the model. Pure. A missing, null or extra field is fine (a
// connector just created has no status yet); a field of another type than Connect writes is a bad_answer that
// names it. Traces and messages are scrubbed and bounded. Configs and offsets are exact: they are compared
// and put back. The errors hold only code and detail; the client adds what was tried, and where.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "connect/answer.hpp"
#include "connect/api.hpp"
#include "model/observed.hpp"

#include <map>
#include <string>
#include <vector>

namespace sluice::connect::wire {

result<model::connect_worker> read_worker(const answer& from, const scrubber& known);
result<std::vector<model::connect_plugin>> read_plugins(const answer& from, const scrubber& known);
/// With expand=status, expand=info or both.
result<model::connector_list> read_connectors(const answer& from, const scrubber& known);
result<model::connector_status> read_status(const answer& from, const scrubber& known);
result<std::map<std::string, std::string>> read_config(const answer& from, const scrubber& known);
result<std::vector<int>> read_tasks(const answer& from, const scrubber& known);
result<std::vector<partition_offset>> read_offsets(const answer& from, const scrubber& known);
result<validation> read_validation(const answer& from, const scrubber& known);
/// Of a write: an object or nothing at all. A login page with status 200 is no success.
result<void> read_done(const answer& from, const scrubber& known);

} // namespace sluice::connect::wire
