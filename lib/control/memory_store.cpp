#include "control/memory_store.hpp"

#include "base/json_fields.hpp"
#include "base/ownership.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

namespace sluice::control {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::string_view format = "sluice-memory-1";
constexpr std::string_view any_format = "sluice-memory-";

auto io_failure(std::string attempted, const std::string& path) {
    return fail(errc::io, std::move(attempted), path, std::strerror(errno));
}

auto foreign(const std::string& path, std::string why) {
    return fail(errc::bad_answer, "read the memory file", path, std::move(why));
}

result<records> read_records(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        if (errno == ENOENT) return records{};
        return io_failure("read the memory file", path);
    }
    std::ostringstream text;
    text << in.rdbuf();
    boost::system::error_code ec;
    const auto value = json::parse(text.str(), ec);
    const auto* object = ec ? nullptr : value.if_object();
    const auto written = object == nullptr ? std::string() : text_of(*object, "format");
    if (written.starts_with(any_format) && written != format)
        return foreign(
            path,
            fmt::format(
                "its format {} is not known to this version of Sluice; run the version that wrote it, or "
                "move "
                "it away to start without memory",
                written
            )
        );
    const auto* kept =
        written == format && object->contains("records") ? object->at("records").if_object() : nullptr;
    if (kept == nullptr)
        return foreign(path, "it is not a file of Sluice's; move it away to start without memory");
    records all;
    for (const auto& [key, record] : *kept)
        if (record.is_string()) all.emplace(key, record.as_string());
    return all;
}

result<void> write_all(int file, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return io_failure("write the memory file", path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file) != 0) return io_failure("write the memory file", path);
    return {};
}

// Only then does the new name outlast a power cut. A file system that knows no such thing (EINVAL) is no
// fault.
result<void> keep_names(const std::string& directory) {
    const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return io_failure("write the state directory", directory);
    result<void> kept;
    if (::fsync(file) != 0 && errno != EINVAL) kept = io_failure("write the state directory", directory);
    ::close(file);
    return kept;
}

// Always a file of our own: root may write into a folder of another user, who may have put a link there.
result<void> write_beside(const std::string& directory, const std::string& beside, std::string_view text) {
    ::unlink(beside.c_str());
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return io_failure("write the memory file", beside);
    give_to_owner_of(directory, file);
    auto written = write_all(file, text, beside);
    ::close(file);
    if (!written) ::unlink(beside.c_str());
    return written;
}

result<void> write_records(const std::string& directory, const std::string& path, const records& all) {
    json::object kept;
    for (const auto& [key, record] : all) kept[key] = record;
    const json::object whole{{"format", format}, {"records", std::move(kept)}};
    const auto beside = path + ".new";
    if (auto written = write_beside(directory, beside, json::serialize(whole) + '\n'); !written)
        return written;
    if (::rename(beside.c_str(), path.c_str()) != 0) {
        const auto failure = io_failure("replace the memory file", path);
        ::unlink(beside.c_str());
        return failure;
    }
    return keep_names(directory);
}

class file_memory_store final : public memory_store {
public:
    file_memory_store(blocking_lane& lane, std::string directory)
        : lane_(lane)
        , directory_(std::move(directory))
        , path_(directory_ + "/memory.json") {}

    asio::awaitable<result<records>> load() override {
        auto call = [path = path_] { return read_records(path); };
        co_return co_await lane_.run(std::move(call));
    }

    asio::awaitable<result<void>> save(records all) override {
        auto call = [directory = directory_, path = path_, all = std::move(all)] {
            return write_records(directory, path, all);
        };
        co_return co_await lane_.run(std::move(call));
    }

private:
    blocking_lane& lane_;
    std::string directory_;
    std::string path_;
};

} // namespace

std::unique_ptr<memory_store> make_file_memory_store(blocking_lane& lane, std::string directory) {
    return std::make_unique<file_memory_store>(lane, std::move(directory));
}

asio::awaitable<result<records>> forgetful_store::load() {
    co_return known_;
}

asio::awaitable<result<void>> forgetful_store::save(records all) {
    known_ = std::move(all);
    co_return result<void>{};
}

} // namespace sluice::control
