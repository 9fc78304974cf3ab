#include "support.hpp"

#include <stdlib.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <stdexcept>

namespace trama::test {

namespace {

core::Constant parse(const std::string& source) {
    if (source == "true" || source == "false") return {source == "true"};
    if (source.starts_with('[')) {
        core::List list;
        for (std::size_t at = 1; at < source.size();) {
            auto end = source.find_first_of(",]", at);
            list.push_back(parse(source.substr(at, end - at)));
            at = end + 1;
            while (at < source.size() && source[at] == ' ')
                ++at;
        }
        return {list};
    }
    const auto* last = source.data() + source.size();
    std::int64_t whole = 0;
    if (std::from_chars(source.data(), last, whole).ptr == last) return {whole};
    double real = 0;
    auto* end = std::from_chars(source.data(), last, real).ptr;
    if (end == last) return {real};
    if (end + 1 == last && *end == '%') return {core::Fraction{real / 100}};
    return {core::Symbol{source}};
}

}  // namespace

core::Constant number(std::int64_t value) {
    return {value};
}
core::Constant number(int value) {
    return {std::int64_t{value}};
}
core::Constant number(double value) {
    return {value};
}
core::Constant text(std::string value) {
    return {std::move(value)};
}
core::Constant symbol(std::string name) {
    return {core::Symbol{std::move(name)}};
}

core::Constant numbers(std::initializer_list<std::int64_t> values) {
    core::List list;
    for (auto value : values)
        list.push_back({value});
    return {list};
}

core::Constant value(core::Call call) {
    return {std::make_shared<const core::Call>(std::move(call))};
}

core::Call call(const learn::Library& library, const std::string& function, const Arguments& arguments,
                const std::string& sort) {
    core::Call wanted;
    wanted.function = function;
    wanted.sort = sort;
    const auto* signature = library.registry().find(wanted);
    if (signature == nullptr) throw std::invalid_argument("no " + function);
    core::Call made = wanted;
    std::size_t used = 0;
    for (const auto& parameter : signature->parameters) {
        auto found =
            std::ranges::find_if(arguments, [&](const auto& one) { return one.first == parameter.name; });
        if (found != arguments.end()) {
            made.arguments.push_back({parameter.name, found->second});
            ++used;
        } else if (parameter.fallback) {
            made.arguments.push_back({parameter.name, parse(*parameter.fallback)});
        } else if (!parameter.optional) {
            throw std::invalid_argument(function + " needs " + parameter.name);
        }
    }
    if (used != arguments.size()) throw std::invalid_argument(function + ": unknown argument");
    return made;
}

const learn::Library& builtins() {
    static const auto library = [] {
        auto made = std::make_unique<learn::Library>();
        learn::add_builtins(*made);
        return made;
    }();
    return *library;
}

core::Result<learn::Trained> FakeBackend::train(const learn::TrainTask& task) {
    constexpr int steps = 4;
    if (during) during();
    const auto copied = [](auto span) { return std::vector<float>(span.begin(), span.end()); };
    Asked one;
    one.part.assign(task.part.begin(), task.part.end());
    one.lr = task.lr;
    one.epochs = task.epochs;
    one.batch = task.batch;
    one.params = copied(task.model->params.floats());
    one.correction = copied(task.adjustment.correction);
    one.anchor = copied(task.adjustment.anchor);
    one.pull = task.adjustment.pull;
    one.clip_norm = task.clip_norm;
    one.label_smoothing = task.label_smoothing;
    one.inner_rate = task.inner_rate;
    one.flip_labels = task.flip_labels;
    one.max_batches = task.max_batches;
    if (task.shuffle != nullptr) one.first_random = task.shuffle->bits64();
    std::int64_t step = 0;
    if (task.memory != nullptr) {
        one.memory = *task.memory;
        step = static_cast<std::int64_t>(task.memory->numbers["steps"]);
        task.memory->numbers["steps"] += steps;
    }
    learn::Trained trained;
    for (int i = 0; i < steps; ++i) {
        if (task.rate) one.rates.push_back(task.rate(++step));
        trained.rates += task.rate ? one.rates.back() : task.lr;
    }
    auto params = task.model->params.copy();
    for (auto& parameter : params.floats())
        parameter += 1;
    trained.params = std::move(params).freeze();
    trained.buffers = task.model->buffers;
    trained.loss = loss;
    trained.samples = static_cast<double>(task.part.size()) * task.epochs;
    trained.steps = steps;
    trained.finite = finite;
    std::lock_guard lock(mutex_);
    asked.push_back(std::move(one));
    return trained;
}

core::Result<learn::Evaluated> FakeBackend::evaluate(const learn::EvaluateTask& task) {
    if (during) during();
    Asked one;
    one.part.assign(task.part.begin(), task.part.end());
    one.batch = task.batch;
    one.split = task.split;
    one.params.assign(task.model->params.floats().begin(), task.model->params.floats().end());
    const auto& split = task.split == learn::Split::train ? task.data->train : task.data->test;
    auto samples =
        static_cast<double>(task.part.empty() ? split.count : static_cast<std::int64_t>(task.part.size()));
    std::lock_guard lock(mutex_);
    asked.push_back(std::move(one));
    return learn::Evaluated{loss, accuracy, samples};
}

void Notes::measured(const measure::Place& place, const core::Metrics& some, double) {
    std::lock_guard lock(mutex_);
    metrics.emplace_back(std::string(place.actor), some);
}

void Notes::warn(std::string_view message, std::string_view) {
    std::lock_guard lock(mutex_);
    warnings.emplace_back(message);
}

Bench::Bench(std::filesystem::path folder)
    : resources(
          builtins(), 7, [this]() -> core::Result<learn::Backend*> { return &backend; }, std::move(folder)) {
    actor.path = "scheme/feedback/[1]/client";
    actor.name = "client";
    actor.copy = {1};
    actor.rank = 1;
    actor.copies = 4;
}

learn::Context Bench::context() {
    return {actor, round, seed, notes, stop.get_token()};
}

core::Result<core::Value> Bench::fire(const core::Call& call, const core::Value& input) {
    core::State state;
    return fire(call, state, input);
}

core::Result<core::Value> Bench::fire(const core::Call& call, core::State& state, const core::Value& input) {
    auto function = (*resources.library().function(call.function))(call, resources);
    if (!function) return tl::unexpected(function.error());
    return (*function)->apply(context(), state, input);
}

core::Model model(const std::vector<float>& parameters, double weight) {
    auto layout = std::make_shared<const core::Layout>(
        std::vector<core::Entry>{{"w", core::DType::f32, {static_cast<std::int64_t>(parameters.size())}, 0}});
    core::ParameterBuffer buffer(layout);
    std::ranges::copy(parameters, buffer.floats().begin());
    core::Model made;
    made.params = std::move(buffer).freeze();
    made.weight = weight;
    return made;
}

Folder::Folder() {
    auto name = (std::filesystem::temp_directory_path() / "trama-learn-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = name;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
}

std::filesystem::path Folder::write(const std::string& name, const std::string& bytes) const {
    std::ofstream file(path / name, std::ios::binary);
    file << bytes;
    return path / name;
}

std::string gzip(const std::string& bytes) {
    z_stream stream{};
    if (::deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("no deflate");
    }
    std::string out(::deflateBound(&stream, bytes.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

}  // namespace trama::test
