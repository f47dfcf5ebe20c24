#include "control/secret_hashes.hpp"

#include "base/digest.hpp"
#include "base/json_fields.hpp"
#include "base/sensitive.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::control {

namespace asio = boost::asio;
namespace json = boost::json;

/// What is the hash of this value with this salt?
struct secret_question {
    // The length keeps apart what is salt and what is value: a connector's record may name any salt.
    secret_question(const model::config_value& v, std::string s)
        : value(model::reveal(v))
        , salt(std::move(s))
        , digest(sha256_hex(fmt::format("{}:{}:{}", salt.size(), salt, value.reveal()))) {}

    secret value;
    std::string salt;
    std::string digest;
};

namespace {

constexpr std::string_view salt_key = "salt";

struct masked_value {
    std::string connector;
    std::string key;
    secret_question ours; // with the salt of the hash that the connector carries
    std::string hash;
};

void collect(
    const model::desired_connector& wanted,
    const std::map<std::string, std::string>& found,
    std::vector<masked_value>& out
) {
    const auto record = found.find(std::string(model::secrets_key));
    if (record == found.end()) return;
    boost::system::error_code ec;
    const auto parsed = json::parse(record->second, ec);
    const auto* hashes = ec ? nullptr : parsed.if_object();
    if (hashes == nullptr) return;
    for (const auto& [key, value] : wanted.config) {
        const auto observed = found.find(key);
        if (!model::is_secret(value) || observed == found.end() || !is_masked(observed->second)) continue;
        auto salt = text_of(*hashes, salt_key);
        auto hash = text_of(*hashes, key);
        if (!salt.empty() && !hash.empty())
            out.push_back({wanted.name, key, {value, std::move(salt)}, std::move(hash)});
    }
}

} // namespace

secret_hashes::secret_hashes(adapters& world) : world_(world), salt_(random_salt()) {}

asio::awaitable<secret_hashes::hashes> secret_hashes::answer(std::vector<secret_question> questions) {
    hashes answers;
    std::vector<std::string> unknown;
    std::vector<std::pair<secret, std::string>> work;
    for (const auto& q : questions) {
        if (answers.contains(q.digest)) continue;
        const auto found = known_.find(q.digest);
        if (found == known_.end()) {
            answers[q.digest] = {};
            unknown.push_back(q.digest);
            work.emplace_back(q.value, q.salt);
        } else {
            found->second.asked_in = comparisons_;
            answers[q.digest] = found->second.hash;
        }
    }
    if (work.empty()) co_return answers;
    const auto computed = co_await world_.hash_secrets(std::move(work));
    for (std::size_t i = 0; i < computed.size() && i < unknown.size(); ++i) {
        answers[unknown[i]] = computed[i];
        known_[unknown[i]] = {computed[i], comparisons_};
    }
    co_return answers;
}

void secret_hashes::forget_what_nobody_asks() {
    std::erase_if(known_, [this](const auto& entry) { return entry.second.asked_in + 1 < comparisons_; });
}

asio::awaitable<std::string> secret_hashes::record_for(model::config_map config) {
    std::vector<secret_question> questions;
    for (const auto& [key, value] : config)
        if (model::is_secret(value)) questions.emplace_back(value, salt_);
    if (questions.empty()) co_return std::string();
    const auto answers = co_await answer(questions);
    json::object record{{salt_key, salt_}};
    auto question = questions.begin();
    for (const auto& [key, value] : config)
        if (model::is_secret(value)) record[key] = answers.at(question++->digest);
    co_return json::serialize(record);
}

asio::awaitable<decide::secret_matches>
secret_hashes::compare(const model::desired& desired, const model::connector_list& observed) {
    ++comparisons_;
    std::vector<masked_value> masked;
    for (const auto& wanted : desired.connectors) {
        const auto found = observed.find(wanted.name);
        if (found != observed.end() && found->second.config) collect(wanted, *found->second.config, masked);
    }
    std::vector<secret_question> questions;
    for (const auto& m : masked) questions.push_back(m.ours);
    const auto answers = co_await answer(std::move(questions));
    forget_what_nobody_asks();
    decide::secret_matches matches;
    for (const auto& m : masked) matches[{m.connector, m.key}] = answers.at(m.ours.digest) == m.hash;
    co_return matches;
}

} // namespace sluice::control
