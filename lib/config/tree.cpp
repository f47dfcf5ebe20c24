#include "config/tree.hpp"

#include "config/yaml_errors.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

namespace {

constexpr std::size_t most_nodes = 100'000;
constexpr std::size_t deepest = 64;

/// Leaves yaml-cpp from inside an event, after the reason was reported: its parser has no other way out.
struct enough {};

place place_of(const YAML::Mark& mark) {
    return {mark.line + 1, mark.column + 1};
}

/// A list or mapping whose end has not come yet.
struct open_node {
    node self;
    std::map<std::string, place> keys; // of a mapping, met so far
    bool expects_value = false;        // a mapping's key was read
    bool drops_value = false;          // … and was no good
    std::string key;
    place key_at;
};

class tree_builder final : public YAML::EventHandler {
public:
    explicit tree_builder(report& out) : out_(out) {}

    std::optional<node> take() { return std::exchange(root_, std::nullopt); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ == 1) return;
        out_.error(place_of(mark), "a second document begins here; a Sluice file is one YAML document");
        throw enough{};
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        finish(make(node_kind::nothing, mark));
    }
    void OnScalar(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/, const std::string& value
    ) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        out_.error(place_of(mark), "aliases (*name) are not supported; write the value out");
        finish(make(node_kind::broken, mark));
    }
    void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override {
        out_.error(
            place_of(mark), "anchors (&name) are not supported; write the value out where it is needed"
        );
    }
    void OnSequenceStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {
        open(node_kind::list, mark, tag);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value)
        override {
        open(node_kind::mapping, mark, tag);
    }
    void OnMapEnd() override { close(); }

private:
    node make(node_kind kind, const YAML::Mark& mark);
    void open(node_kind kind, const YAML::Mark& mark, const std::string& tag);
    void close();
    void finish(node done);
    void take_key(open_node& mapping, const node& key);
    void take_value(open_node& mapping, node value);
    bool is_good_key(open_node& mapping, const node& key);

    report& out_;
    std::vector<open_node> open_;
    std::optional<node> root_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

node tree_builder::make(node_kind kind, const YAML::Mark& mark) {
    node made;
    made.kind = kind;
    made.at = place_of(mark);
    if (++nodes_ <= most_nodes) return made;
    out_.error(made.at, fmt::format("the file has more than {} values; split it", most_nodes));
    throw enough{};
}

void tree_builder::OnScalar(
    const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/, const std::string& value
) {
    auto made = make(node_kind::scalar, mark);
    made.text = value;
    made.quoted = tag == "!";
    if (tag == "!env")
        made.tag = node_tag::environment;
    else if (tag == "!file")
        made.tag = node_tag::file;
    else if (tag != "?" && tag != "!" && !tag.empty()) {
        out_.error(made.at, "this tag is not known; known are !env NAME and !file PATH");
        made.kind = node_kind::broken;
    }
    if (value.find('\0') != std::string::npos) {
        out_.error(made.at, "a NUL character; remove the escape \\0");
        made.kind = node_kind::broken;
    }
    finish(std::move(made));
}

void tree_builder::open(node_kind kind, const YAML::Mark& mark, const std::string& tag) {
    open_node opened;
    opened.self = make(kind, mark);
    if (open_.size() >= deepest) {
        out_.error(opened.self.at, fmt::format("nested more than {} levels deep", deepest));
        throw enough{};
    }
    if (tag != "?" && tag != "!" && !tag.empty()) {
        out_.error(opened.self.at, "a tag on a list or mapping; !env and !file stand before one value");
        opened.self.kind = node_kind::broken;
    }
    open_.push_back(std::move(opened));
}

void tree_builder::close() {
    auto done = std::move(open_.back().self);
    open_.pop_back();
    finish(std::move(done));
}

void tree_builder::finish(node done) {
    if (open_.empty()) {
        root_ = std::move(done);
        return;
    }
    auto& parent = open_.back();
    const bool is_item = parent.self.kind == node_kind::list;
    if (parent.self.kind == node_kind::broken) return; // what is inside was condemned with it
    if (is_item) {
        done.key_at = done.at; // it has no key
        parent.self.children.push_back(std::move(done));
    } else if (parent.expects_value) {
        take_value(parent, std::move(done));
    } else {
        take_key(parent, done);
    }
}

bool tree_builder::is_good_key(open_node& mapping, const node& key) {
    if (key.kind == node_kind::broken) return false;
    if (key.kind != node_kind::scalar || key.tag != node_tag::none) {
        out_.key_error(key.at, "expected a plain name as the key");
        return false;
    }
    if (key.text == "<<" && !key.quoted) {
        out_.key_error(key.at, "merge keys (<<) are not supported; write the entries out");
        return false;
    }
    const auto [first, is_new] = mapping.keys.emplace(key.text, key.at);
    if (is_new) return true;
    out_.key_error(
        key.at, fmt::format("{} is given twice; first in line {}", quote_key(key.text), first->second.line)
    );
    return false;
}

void tree_builder::take_key(open_node& mapping, const node& key) {
    mapping.drops_value = !is_good_key(mapping, key);
    mapping.key = key.text;
    mapping.key_at = key.at;
    mapping.expects_value = true;
}

void tree_builder::take_value(open_node& mapping, node value) {
    mapping.expects_value = false;
    if (mapping.drops_value) return;
    value.key = std::exchange(mapping.key, {});
    value.key_at = mapping.key_at;
    // yaml-cpp puts a missing value where the next thing begins, lines below.
    if (value.kind == node_kind::nothing && value.at.line != value.key_at.line) value.at = value.key_at;
    mapping.self.children.push_back(std::move(value));
}

} // namespace

std::optional<node> read_tree(const source_text& text, report& out) {
    std::istringstream stream{std::string(text.whole())};
    tree_builder builder(out);
    try {
        YAML::Parser parser(stream);
        // A second call, to see a second document; never a third: for the text "," there is always one more.
        const bool found = parser.HandleNextDocument(builder);
        if (found) parser.HandleNextDocument(builder);
    } catch (const YAML::Exception& e) {
        out.error(place_of(e.mark), explain_yaml_error(e.msg));
        return std::nullopt;
    } catch (const enough&) {
        return std::nullopt;
    }
    return builder.take();
}

} // namespace sluice::config
