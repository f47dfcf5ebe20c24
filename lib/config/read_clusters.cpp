// `kafka:` and `connect:`: where the clusters are and how Sluice gets in.
#include "config/properties.hpp"
#include "config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::config {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1ULL << 20;

std::optional<std::string> veto_of_kafka(std::string_view key) {
    if (key == "bootstrap.servers" || key == "metadata.broker.list")
        return fmt::format("`{}` is not set here; write `bootstrap_servers:` instead", key);
    return std::nullopt;
}

void find_flaws(decoding& d, const setting& from, const model::config_map& properties) {
    if (!d.around.flaw_of_kafka_property) return;
    for (const auto& [key, value] : properties) {
        const auto flaw = d.around.flaw_of_kafka_property(key, value);
        if (!flaw) continue;
        const auto& entry = *from.value()->find(key);
        const auto told = fmt::format("`properties`: {}: {}", quote_key(key), flaw->what);
        flaw->is_of_key ? d.out.key_error(entry.key_at, told) : d.out.error(entry.at, told);
    }
}

void read_url(decoding& d, const node& entry, std::vector<std::string>& urls) {
    auto s = read_scalar(d, entry, {"an entry of `urls`", "a URL such as http://localhost:8083"});
    if (!s) return;
    if (s->unknown) return urls.push_back(std::move(s->text));
    if (s->text.ends_with('/') && !s->text.ends_with("//")) s->text.pop_back();
    if (const auto flaw = flaw_of_url(s->text)) {
        d.out.error(
            s->at,
            fmt::format("`urls`: {} {}; expected http://HOST:PORT or https://HOST:PORT", s->shown, *flaw)
        );
    } else if (std::ranges::find(urls, s->text) != urls.end()) {
        d.out.error(s->at, fmt::format("`urls`: {} is given twice", s->shown));
    } else {
        urls.push_back(std::move(s->text));
    }
}

void read_credentials(decoding& d, const mapping& in, model::connect_cluster& to) {
    const auto username = in["username"];
    const auto password = in["password"];
    username.read(to.username, rules::any_text);
    if (to.username.find(':') != std::string::npos)
        d.out.error(username.at(), "`username` has a colon in it, which basic authentication does not allow");
    if (username.given() && !password.given())
        d.out.error(username.at(), "`username` without `password`; give both or neither");
    if (password.given() && !username.given())
        d.out.error(password.at(), "`password` without `username`; give both or neither");
    model::config_value value;
    password.read_password(value);
    // A provider reference is for Connect to resolve; to log in at Connect itself nobody would.
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && !text->empty())
        d.out.error(
            password.at(),
            "`password`: Connect cannot resolve a ${provider:…} that is needed to log in to it; use !env or "
            "!file"
        );
    if (auto* known = std::get_if<secret>(&value)) to.password = std::move(*known);
}

void read_tls(decoding& d, const mapping& in, model::connect_cluster& to) {
    const auto certificate = in["certificate_file"];
    const auto key = in["key_file"];
    in["ca_file"].read_path(to.ca_file);
    certificate.read_path(to.certificate_file);
    key.read_path(to.key_file);
    if (certificate.given() && !key.given())
        d.out.error(certificate.at(), "`certificate_file` without `key_file`; give both or neither");
    if (key.given() && !certificate.given())
        d.out.error(key.at(), "`key_file` without `certificate_file`; give both or neither");
    const auto is_https = [](const std::string& url) { return url.starts_with("https://"); };
    const bool has_https = std::ranges::any_of(to.urls, is_https);
    for (const auto* name : {"ca_file", "certificate_file"}) {
        if (in[name].given() && !has_https && !to.urls.empty())
            d.out.warning(
                in[name].at(), fmt::format("`{}` has no effect: none of `urls` begins with https://", name)
            );
    }
}

} // namespace

void read_kafka(decoding& d, const mapping& in, model::kafka_cluster& to) {
    in["bootstrap_servers"].required().read(to.bootstrap_servers, rules::bootstrap_servers);
    const auto properties = in["properties"];
    read_properties(d, properties, veto_of_kafka, to.properties);
    find_flaws(d, properties, to.properties);
}

void read_connect(decoding& d, const mapping& in, model::connect_cluster& to) {
    const auto urls = in["urls"].required();
    for (const auto& entry : urls.items("http://localhost:8083")) read_url(d, entry, to.urls);
    read_credentials(d, in, to);
    read_tls(d, in, to);
    if (const auto timeout = in["request_timeout"]; timeout.given()) {
        timeout.read(to.read_timeout, 1s, 1h);
        // A write that is given up early has not failed, its outcome is unknown: so only longer, never
        // shorter.
        to.write_timeout = std::max(to.write_timeout, to.read_timeout);
    }
    in["group_id"].read(to.group_id, rules::any_text);
    in["body_limit"].read_bytes(to.body_limit, mebibyte, 1024 * mebibyte);
}

} // namespace sluice::config
