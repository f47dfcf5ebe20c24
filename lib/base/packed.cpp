#include "base/packed.hpp"

#include <openssl/evp.h>

#include <zlib.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace sluice {

namespace {

constexpr std::size_t step = 64 * 1024;

unsigned char* bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_base64(std::string_view raw) {
    std::string text((raw.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(bytes(text), bytes(raw), static_cast<int>(raw.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

result<std::string> broken(std::string why) {
    return fail(errc::bad_answer, "unpack a record", {}, std::move(why));
}

result<std::string> from_base64(std::string_view text) {
    std::string raw(text.size() / 4 * 3 + 1, '\0');
    const int size = EVP_DecodeBlock(bytes(raw), bytes(text), static_cast<int>(text.size()));
    if (size < 0) return broken("it is not in base 64");
    raw.resize(static_cast<std::size_t>(size)); // with up to two zero bytes, which zlib passes over
    return raw;
}

struct end_of_inflation {
    void operator()(z_stream* stream) const { ::inflateEnd(stream); }
};

} // namespace

std::string pack(std::string_view text) {
    auto size = ::compressBound(static_cast<uLong>(text.size()));
    std::string raw(size, '\0');
    const int done =
        ::compress2(bytes(raw), &size, bytes(text), static_cast<uLong>(text.size()), Z_BEST_SPEED);
    if (done != Z_OK) throw std::runtime_error("zlib cannot compress");
    raw.resize(size);
    return to_base64(raw);
}

result<std::string> unpack(std::string_view packed, std::size_t most) {
    auto raw = from_base64(packed);
    if (!raw) return raw;
    z_stream stream{};
    if (::inflateInit(&stream) != Z_OK) return broken("zlib does not start");
    const std::unique_ptr<z_stream, end_of_inflation> ends(&stream);
    stream.next_in = bytes(*raw);
    stream.avail_in = static_cast<uInt>(raw->size());
    std::string text;
    auto part = std::make_unique<std::array<unsigned char, step>>();
    for (;;) {
        stream.next_out = part->data();
        stream.avail_out = step;
        const int state = ::inflate(&stream, Z_NO_FLUSH);
        text.append(reinterpret_cast<const char*>(part->data()), step - stream.avail_out);
        if (text.size() > most)
            return fail(errc::too_large, "unpack a record", {}, "it is larger than it may be");
        if (state == Z_STREAM_END) return text;
        if (state != Z_OK) return broken("it is cut short or altered");
    }
}

} // namespace sluice
