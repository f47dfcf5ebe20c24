#include "control/secret_hashes.hpp"

#include "base/digest.hpp"
#include "base/json_fields.hpp"
#include "decide/diff.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace sluice::control {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::string_view salt_key = "salt";

struct masked_value {
    std::string connector;
    std::string key;
    std::string value; // ours
    std::string salt;  // of the hash that the connector carries
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
        if (!model::is_secret(value) || observed == found.end() || !decide::is_masked(observed->second))
            continue;
        auto salt = text_of(*hashes, salt_key);
        auto hash = text_of(*hashes, key);
        if (!salt.empty() && !hash.empty())
            out.push_back({wanted.name, key, model::reveal(value), std::move(salt), std::move(hash)});
    }
}

} // namespace

secret_hashes::secret_hashes(adapters& world) : world_(world), salt_(random_salt()) {}

std::string secret_hashes::answer_to(const std::string& value, const std::string& salt) const {
    const auto found = known_.find({value, salt});
    return found == known_.end() ? std::string() : found->second;
}

asio::awaitable<void> secret_hashes::answer(std::vector<question> questions) {
    std::erase_if(questions, [&](const question& q) { return known_.contains(q); });
    std::ranges::sort(questions);
    const auto repeated = std::ranges::unique(questions);
    questions.erase(repeated.begin(), repeated.end());
    if (questions.empty()) co_return;
    std::vector<std::pair<secret, std::string>> work;
    for (const auto& [value, salt] : questions) work.emplace_back(secret(value), salt);
    const auto hashes = co_await world_.hash_secrets(std::move(work));
    for (std::size_t i = 0; i < hashes.size() && i < questions.size(); ++i) known_[questions[i]] = hashes[i];
}

asio::awaitable<std::string> secret_hashes::record_for(model::config_map config) {
    std::vector<question> questions;
    for (const auto& [key, value] : config)
        if (model::is_secret(value)) questions.emplace_back(model::reveal(value), salt_);
    if (questions.empty()) co_return std::string();
    co_await answer(std::move(questions));
    json::object record{{salt_key, salt_}};
    for (const auto& [key, value] : config)
        if (model::is_secret(value)) record[key] = answer_to(model::reveal(value), salt_);
    co_return json::serialize(record);
}

asio::awaitable<decide::secret_matches>
secret_hashes::compare(const model::desired& desired, const model::connector_list& observed) {
    std::vector<masked_value> masked;
    for (const auto& wanted : desired.connectors) {
        const auto found = observed.find(wanted.name);
        if (found != observed.end() && found->second.config) collect(wanted, *found->second.config, masked);
    }
    std::vector<question> questions;
    for (const auto& m : masked) questions.emplace_back(m.value, m.salt);
    co_await answer(std::move(questions));
    decide::secret_matches matches;
    for (const auto& m : masked) matches[{m.connector, m.key}] = answer_to(m.value, m.salt) == m.hash;
    co_return matches;
}

} // namespace sluice::control
