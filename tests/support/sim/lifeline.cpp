#include "support/sim/lifeline.hpp"

#include <boost/asio/post.hpp>

namespace sluice::testing {

namespace asio = boost::asio;

template <class T>
using awaitable = asio::awaitable<T>;

void lifeline::count(std::size_t dies_at) {
    passed_ = 0;
    dies_at_ = dies_at;
}

void lifeline::die(std::string where) {
    is_dead_ = true;
    died_ = std::move(where);
}

awaitable<void> lifeline::pass(std::string where) {
    if (!is_dead_ && ++passed_ == dies_at_) die(std::move(where));
    if (!is_dead_) co_return;
    const auto never = time_.make_alarm();
    co_await never->wait(); // until it is cancelled
}

// What the caller does with the answer before it waits again is still done.
void lifeline::take_in(std::string where) {
    if (is_dead_ || ++passed_ != dies_at_) return;
    asio::post(context_, [this, where = std::move(where)] { die(where); });
}

namespace {

class mortal_connect final : public connect::connect_api {
public:
    mortal_connect(std::shared_ptr<connect::connect_api> to, lifeline& life)
        : to_(std::move(to))
        , life_(life) {}

    awaitable<result<model::connect_worker>> worker() override { return life_.call("worker", to_->worker()); }
    awaitable<result<std::vector<model::connect_plugin>>> plugins() override {
        return life_.call("plugins", to_->plugins());
    }
    awaitable<result<model::connector_list>> connectors() override {
        return life_.call("connectors", to_->connectors());
    }
    awaitable<result<model::connector_list>> statuses() override {
        return life_.call("statuses", to_->statuses());
    }
    awaitable<result<model::connector_status>> status(std::string name) override {
        return life_.call("status " + name, to_->status(name));
    }
    awaitable<result<std::map<std::string, std::string>>> config(std::string name) override {
        return life_.call("config " + name, to_->config(name));
    }
    awaitable<result<std::vector<int>>> tasks(std::string name) override {
        return life_.call("tasks " + name, to_->tasks(name));
    }
    awaitable<result<std::vector<connect::partition_offset>>> offsets(std::string name) override {
        return life_.call("offsets " + name, to_->offsets(name));
    }
    awaitable<result<connect::validation>> validate(std::string plugin, model::config_map config) override {
        return life_.call("validate " + plugin, to_->validate(plugin, std::move(config)));
    }
    awaitable<result<void>>
    create(std::string name, model::config_map config, model::target_state initial) override {
        return life_.call("create " + name, to_->create(name, std::move(config), initial));
    }
    awaitable<result<void>> put_config(std::string name, model::config_map config) override {
        return life_.call("update " + name, to_->put_config(name, std::move(config)));
    }
    awaitable<result<void>> remove(std::string name) override {
        return life_.call("delete " + name, to_->remove(name));
    }
    awaitable<result<void>> restart(std::string name, bool only_failed) override {
        return life_.call("restart " + name, to_->restart(name, only_failed));
    }
    awaitable<result<void>> restart_task(std::string name, int task) override {
        return life_.call("restart a task of " + name, to_->restart_task(name, task));
    }
    awaitable<result<void>> pause(std::string name) override {
        return life_.call("pause " + name, to_->pause(name));
    }
    awaitable<result<void>> resume(std::string name) override {
        return life_.call("resume " + name, to_->resume(name));
    }
    awaitable<result<void>> stop(std::string name) override {
        return life_.call("stop " + name, to_->stop(name));
    }

private:
    std::shared_ptr<connect::connect_api> to_;
    lifeline& life_;
};

class mortal_topics final : public kafka::topic_admin {
public:
    mortal_topics(std::shared_ptr<kafka::topic_admin> to, lifeline& life) : to_(std::move(to)), life_(life) {}

    awaitable<result<model::topic_list>> describe(std::vector<std::string> names) override {
        return life_.call("topics", to_->describe(std::move(names)));
    }
    awaitable<result<void>> create(model::desired_topic topic) override {
        return life_.call("create topic " + topic.name, to_->create(topic));
    }
    awaitable<result<void>> add_partitions(std::string topic, std::int32_t total) override {
        return life_.call("add partitions to " + topic, to_->add_partitions(topic, total));
    }
    awaitable<result<void>>
    alter_config(std::string topic, std::map<std::string, std::string> changes) override {
        return life_.call("alter topic " + topic, to_->alter_config(topic, std::move(changes)));
    }

private:
    std::shared_ptr<kafka::topic_admin> to_;
    lifeline& life_;
};

class mortal_logins final : public postgres::login_probe {
public:
    mortal_logins(std::shared_ptr<postgres::login_probe> to, lifeline& life)
        : to_(std::move(to))
        , life_(life) {}

    awaitable<result<postgres::server_facts>> probe(postgres::login who) override {
        return life_.call("login to " + who.database, to_->probe(who));
    }

private:
    std::shared_ptr<postgres::login_probe> to_;
    lifeline& life_;
};

class mortal_groups final : public kafka::connect_group_reader {
public:
    mortal_groups(std::shared_ptr<kafka::connect_group_reader> to, lifeline& life)
        : to_(std::move(to))
        , life_(life) {}

    awaitable<result<model::connect_group>> read(std::string group_id) override {
        return life_.call("the workers' group", to_->read(std::move(group_id)));
    }

private:
    std::shared_ptr<kafka::connect_group_reader> to_;
    lifeline& life_;
};

class mortal_world final : public control::adapters {
public:
    mortal_world(control::adapters& world, lifeline& life) : world_(world), life_(life) {}

    std::shared_ptr<connect::connect_api> connect(const model::connect_cluster& cluster) override {
        return std::make_shared<mortal_connect>(world_.connect(cluster), life_);
    }
    std::shared_ptr<kafka::topic_admin> topics(const model::kafka_cluster& cluster) override {
        return std::make_shared<mortal_topics>(world_.topics(cluster), life_);
    }
    std::shared_ptr<kafka::connect_group_reader> connect_groups(const model::kafka_cluster& cluster
    ) override {
        return std::make_shared<mortal_groups>(world_.connect_groups(cluster), life_);
    }
    std::shared_ptr<postgres::login_probe> logins() override {
        return std::make_shared<mortal_logins>(world_.logins(), life_);
    }
    awaitable<std::vector<std::string>> hash_secrets(std::vector<std::pair<secret, std::string>> work
    ) override {
        return life_.call("hashes", world_.hash_secrets(std::move(work)));
    }

private:
    control::adapters& world_;
    lifeline& life_;
};

} // namespace

std::unique_ptr<control::adapters> make_mortal(control::adapters& world, lifeline& life) {
    return std::make_unique<mortal_world>(world, life);
}

awaitable<result<control::records>> surviving_store::load() {
    return life_.call("load memory", read());
}

awaitable<result<void>> surviving_store::save(control::records all) {
    return life_.call("save memory", write(std::move(all)));
}

awaitable<result<control::records>> surviving_store::read() {
    co_return disk_;
}

awaitable<result<void>> surviving_store::write(control::records all) {
    disk_ = std::move(all);
    co_return result<void>{};
}

} // namespace sluice::testing
