#pragma once
// Secrets that Connect returns masked are compared by a salted scrypt hash, which travels in the connector's
// own config under `sluice.secrets`: {"salt": …, "<key>": "<hash>", …}. Each (secret, salt) is hashed once,
// and known as long as it is asked for: what was not between two comparisons is forgotten.

#include "control/ports.hpp"
#include "decide/decide.hpp"
#include "model/desired.hpp"
#include "model/observed.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice::control {

struct secret_question; // secret_hashes.cpp

class secret_hashes {
public:
    explicit secret_hashes(adapters& world);

    /// The value of `sluice.secrets` for a config; empty when it holds no secret.
    boost::asio::awaitable<std::string> record_for(model::config_map config);

    /// For every masked value among the observed: does its hash fit ours?
    boost::asio::awaitable<decide::secret_matches>
    compare(const model::desired& desired, const model::connector_list& observed);

private:
    struct known_hash {
        std::string hash;
        std::uint64_t asked_in = 0; // the comparison at or after which it was last asked for
    };
    using hashes = std::map<std::string, std::string>; // by the digest of value and salt

    boost::asio::awaitable<hashes> answer(std::vector<secret_question> questions);
    void forget_what_nobody_asks();

    adapters& world_;
    std::string salt_;                        // of what this process writes
    std::map<std::string, known_hash> known_; // by digest, so that it holds no secret
    std::uint64_t comparisons_ = 0;
};

} // namespace sluice::control
