#include "libraries.hpp"

#include "build_info.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <librdkafka/rdkafka.h>

namespace sluice {

http::build_identity this_build() {
    const int libpq_version = PQlibVersion(); // 150018
    const auto libpq_text = fmt::format("{}.{}", libpq_version / 10000, libpq_version % 10000);
    return {version, revision, rd_kafka_version_str(), libpq_text};
}

} // namespace sluice
