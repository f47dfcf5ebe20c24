#include "config/tree.hpp"

#include "config/yaml_errors.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::config {

namespace {

constexpr std::size_t most_nodes = 100'000;
constexpr std::size_t deepest = 64;
constexpr std::size_t most_unknown_anchors = 20; // each costs another reading of the text

/// Leaves yaml-cpp from inside an event, after the reason was reported: its parser has no other way out.
struct enough {};

place place_of(const YAML::Mark& mark) {
    return {mark.line + 1, mark.column + 1};
}

constexpr auto no_aliases = "aliases (*name) are not supported; write the value out";

/// What an attempt to read the text has to report.
struct complaint {
    place at;
    std::string message;
    bool is_of_key = false;
};

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
    /// `unknown`: where the text had an alias of which no anchor is known, and has an anchor now.
    explicit tree_builder(const std::set<place>& unknown) : unknown_(unknown) {}

    std::optional<node> take() { return std::exchange(root_, std::nullopt); }

    void say(place at, std::string message) { complaints_.push_back({at, std::move(message)}); }
    void report_to(report& out) const {
        for (const auto& c : complaints_)
            c.is_of_key ? out.key_error(c.at, c.message) : out.error(c.at, c.message);
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ == 1) return;
        say(place_of(mark), "a second document begins here; a Sluice file is one YAML document");
        if (root_) root_->incomplete = true; // who cut a file in two by mistake misses nothing in it
        throw enough{};
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        const bool is_alias = unknown_.contains(place_of(mark));
        finish(make(is_alias ? node_kind::broken : node_kind::nothing, mark));
    }
    void OnScalar(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/, const std::string& value
    ) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        say(place_of(mark), no_aliases);
        finish(make(node_kind::broken, mark));
    }
    void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override {
        const auto at = place_of(mark);
        const auto* const no_anchors =
            "anchors (&name) are not supported; write the value out where it is needed";
        say(at, unknown_.contains(at) ? no_aliases : no_anchors);
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
    bool is_key(const node& key);
    bool is_new_key(open_node& mapping, const node& key);
    void say_of_key(place at, std::string message) { complaints_.push_back({at, std::move(message), true}); }

    const std::set<place>& unknown_;
    std::vector<complaint> complaints_;
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
    say(made.at, fmt::format("the file has more than {} values; split it", most_nodes));
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
        say(made.at, "this tag is not known; known are !env NAME and !file PATH");
        made.kind = node_kind::broken;
    }
    if (value.find('\0') != std::string::npos) {
        say(made.at, "a NUL character; remove the escape \\0");
        made.kind = node_kind::broken;
    }
    finish(std::move(made));
}

void tree_builder::open(node_kind kind, const YAML::Mark& mark, const std::string& tag) {
    open_node opened;
    opened.self = make(kind, mark);
    if (open_.size() >= deepest) {
        say(opened.self.at, fmt::format("nested more than {} levels deep", deepest));
        throw enough{};
    }
    if (tag != "?" && tag != "!" && !tag.empty()) {
        say(opened.self.at, "a tag on a list or mapping; !env and !file stand before one value");
        const bool stands_for_value = tag == "!env" || tag == "!file";
        if (stands_for_value) opened.self.kind = node_kind::broken;
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

bool tree_builder::is_key(const node& key) {
    if (key.kind == node_kind::broken) return false;
    if (key.kind != node_kind::scalar || key.tag != node_tag::none) {
        say_of_key(key.at, "expected a plain name as the key");
        return false;
    }
    if (key.text == "<<" && !key.quoted) {
        say_of_key(key.at, "merge keys (<<) are not supported; write the entries out");
        return false;
    }
    return true;
}

bool tree_builder::is_new_key(open_node& mapping, const node& key) {
    const auto [first, is_new] = mapping.keys.emplace(key.text, key.at);
    if (is_new) return true;
    say_of_key(
        key.at, fmt::format("{} is given twice; first in line {}", quote_key(key.text), first->second.line)
    );
    return false;
}

void tree_builder::take_key(open_node& mapping, const node& key) {
    const bool is_readable = is_key(key);
    mapping.self.incomplete |= !is_readable;
    mapping.drops_value = !is_readable || !is_new_key(mapping, key);
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

/// What yaml-cpp complains of; nothing when the text was read to its end, or to where the builder had enough.
std::optional<YAML::Exception> parse(const std::string& text, tree_builder& builder) {
    std::istringstream stream{text};
    try {
        YAML::Parser parser(stream);
        // A second call, to see a second document; never a third: for the text "," there is always one more.
        const bool found = parser.HandleNextDocument(builder);
        if (found) parser.HandleNextDocument(builder);
    } catch (const YAML::Exception& e) {
        return e;
    } catch (const enough&) {
        return std::nullopt;
    }
    return std::nullopt;
}

/// yaml-cpp stops at an alias of which it knows no anchor. An anchor in its place, on nothing, lets it go on.
bool make_anchor(std::string& text, const YAML::Exception& e) {
    const bool is_unknown = std::string_view(e.msg).starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR);
    const auto at = static_cast<std::size_t>(e.mark.pos);
    if (!is_unknown || at >= text.size() || text[at] != '*') return false;
    text[at] = '&';
    return true;
}

} // namespace

std::optional<node> read_tree(const source_text& text, report& out) {
    std::string readable(text.whole());
    std::set<place> unknown;
    for (;;) {
        tree_builder builder(unknown);
        const auto flaw = parse(readable, builder);
        const bool reads_on = flaw && unknown.size() < most_unknown_anchors && make_anchor(readable, *flaw);
        if (reads_on) {
            unknown.insert(place_of(flaw->mark));
            continue;
        }
        if (flaw) builder.say(place_of(flaw->mark), explain_yaml_error(flaw->msg));
        builder.report_to(out);
        return builder.take();
    }
}

} // namespace sluice::config
