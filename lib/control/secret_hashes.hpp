#pragma once
// Secrets that Connect returns masked are compared by a salted scrypt hash, which travels in the connector's
// own config under `sluice.secrets`: {"salt": …, "<key>": "<hash>", …}. Each (secret, salt) is hashed once.

#include "control/ports.hpp"
#include "decide/decide.hpp"
#include "model/desired.hpp"
#include "model/observed.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>
#include <utility>

namespace sluice::control {

class secret_hashes {
public:
    explicit secret_hashes(adapters& world);

    /// The value of `sluice.secrets` for a config; empty when it holds no secret.
    boost::asio::awaitable<std::string> record_for(model::config_map config);

    /// For every masked value among the observed: does its hash fit ours?
    boost::asio::awaitable<decide::secret_matches>
    compare(const model::desired& desired, const model::connector_list& observed);

private:
    using question = std::pair<std::string, std::string>; // value, salt

    boost::asio::awaitable<void> answer(std::vector<question> questions);
    [[nodiscard]] std::string answer_to(const std::string& value, const std::string& salt) const;

    adapters& world_;
    std::string salt_; // of what this process writes
    std::map<question, std::string> known_;
};

} // namespace sluice::control
