#include "core/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace trama::core {
namespace {

using Json = nlohmann::json;

constexpr std::string_view metadata_key = "__metadata__";

struct FileType {
    std::string_view name;
    DType type;
    Stored stored;
    std::uint64_t bytes;
};

constexpr std::array file_types{
    FileType{"F32", DType::f32, Stored::plain, 4}, FileType{"F64", DType::f64, Stored::plain, 8},
    FileType{"I64", DType::i64, Stored::plain, 8}, FileType{"U8", DType::u8, Stored::plain, 1},
    FileType{"F16", DType::f32, Stored::half, 2},  FileType{"BF16", DType::f32, Stored::bfloat, 2},
};

/// Parses and notes the order of the top-level names; a name that comes twice in an object is an error, which
/// the library itself would pass over.
struct Parsed {
    Json json;
    std::vector<std::string> names;
    std::optional<std::string> repeated;
};

Parsed parse_json(std::string_view text) {
    Parsed parsed;
    std::vector<std::set<std::string>> open;
    const auto watch = [&](int, Json::parse_event_t event, Json& value) {
        if (event == Json::parse_event_t::object_start) {
            open.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            open.pop_back();
        } else if (event == Json::parse_event_t::key) {
            const auto& name = value.get_ref<const std::string&>();
            if (!open.back().insert(name).second && !parsed.repeated) {
                parsed.repeated = name;
            }
            if (open.size() == 1) {
                parsed.names.push_back(name);
            }
        }
        return true;
    };
    parsed.json = Json::parse(text, watch, false);
    return parsed;
}

/// a × b, or nothing when it does not fit.
std::optional<std::uint64_t> multiply(std::uint64_t a, std::uint64_t b) {
    if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) {
        return std::nullopt;
    }
    return a * b;
}

Result<HeaderTensor> parse_tensor(const std::string& name, const Json& json, const std::string& where) {
    const auto wrong = [&](std::string_view what) {
        return broken(where, fmt::format("tensor `{}` {}", name, what));
    };
    if (!json.is_object()) {
        return wrong("is not described by an object");
    }
    const auto dtype = json.find("dtype");
    const auto shape = json.find("shape");
    const auto offsets = json.find("data_offsets");
    if (dtype == json.end() || !dtype->is_string()) {
        return wrong("has no dtype");
    }
    if (shape == json.end() || !shape->is_array()) {
        return wrong("has no shape");
    }
    if (offsets == json.end() || !offsets->is_array() || offsets->size() != 2 ||
        !std::ranges::all_of(*offsets, [](const Json& item) { return item.is_number_unsigned(); })) {
        return wrong("has no data_offsets of two numbers");
    }
    const auto& type_name = dtype->get_ref<const std::string&>();
    const auto type = std::ranges::find(file_types, type_name, &FileType::name);
    if (type == file_types.end()) {
        return wrong(fmt::format("has the type {}; Trama reads F32, F64, I64, U8, F16 and BF16", type_name));
    }
    HeaderTensor tensor{{name, type->type, {}, 0}, type->stored, 0, 0};
    std::optional<std::uint64_t> bytes = type->bytes;
    bool empty = false;
    for (const auto& item : *shape) {
        if (!item.is_number_unsigned() ||
            item.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
            return wrong(fmt::format("has the shape {}", shape->dump()));
        }
        const auto extent = item.get<std::uint64_t>();
        tensor.entry.shape.push_back(static_cast<std::int64_t>(extent));
        empty = empty || extent == 0;
        bytes = bytes ? multiply(*bytes, extent) : bytes;
    }
    tensor.bytes = empty ? 0 : bytes.value_or(std::numeric_limits<std::uint64_t>::max());
    tensor.begin = (*offsets)[0].get<std::uint64_t>();
    const auto end = (*offsets)[1].get<std::uint64_t>();
    if (end < tensor.begin || end - tensor.begin != tensor.bytes) {
        return wrong(fmt::format("of type {} and shape {} cannot lie at bytes {} to {}", type_name,
                                 shape->dump(), tensor.begin, end));
    }
    return tensor;
}

/// The tensors cover the data, each byte once.
Result<void> check_cover(const Header& header, std::uint64_t data_bytes, const std::string& where) {
    std::vector<const HeaderTensor*> order;
    for (const auto& tensor : header.tensors) {
        order.push_back(&tensor);
    }
    std::ranges::sort(order, [](const auto* a, const auto* b) {
        return a->begin != b->begin ? a->begin < b->begin : a->bytes < b->bytes;
    });
    std::uint64_t end = 0;
    for (const auto* tensor : order) {
        if (tensor->begin != end) {
            return broken(where, fmt::format("tensor `{}` starts at byte {} of the data, {} byte {}",
                                             tensor->entry.name, tensor->begin,
                                             tensor->begin < end ? "before" : "after", end));
        }
        if (tensor->bytes > data_bytes - end) {
            return broken(where, fmt::format("tensor `{}` ends at byte {} but there are {} bytes of data",
                                             tensor->entry.name, end + tensor->bytes, data_bytes));
        }
        end += tensor->bytes;
    }
    if (end != data_bytes) {
        return broken(
            where, fmt::format("its tensors are {} bytes but there are {} bytes of data", end, data_bytes));
    }
    return {};
}

/// As a JSON string; nothing if it is not UTF-8.
std::optional<std::string> json_string(const std::string& text) {
    try {
        return Json(text).dump();
    } catch (const Json::type_error&) {
        return std::nullopt;
    }
}

}  // namespace

tl::unexpected<Error> broken(const std::string& where, std::string what) {
    return fail(ErrorKind::data, fmt::format("`{}` is not a sound safetensors file: {}", where, what), where,
                "the file may be cut off, damaged or of another format");
}

Result<Header> parse_header(std::string_view json, std::uint64_t data_bytes, const std::string& where) {
    const auto parsed = parse_json(json);
    if (!parsed.json.is_object()) {
        return broken(where, "its header is not a JSON object");
    }
    if (parsed.repeated) {
        return broken(where, fmt::format("its header has `{}` twice", *parsed.repeated));
    }
    Header header;
    for (const auto& name : parsed.names) {
        const auto& value = parsed.json.at(name);
        if (name == metadata_key) {
            if (!value.is_object()) {
                return broken(where, "its metadata are not an object");
            }
            for (const auto& [key, text] : value.items()) {
                if (!text.is_string()) {
                    return broken(where, fmt::format("its metadata `{}` are not a string", key));
                }
                header.metadata.emplace(key, text.get<std::string>());
            }
            continue;
        }
        auto tensor = parse_tensor(name, value, where);
        if (!tensor) {
            return tl::unexpected(std::move(tensor.error()));
        }
        header.tensors.push_back(std::move(*tensor));
    }
    return check_cover(header, data_bytes, where).map([&] { return std::move(header); });
}

Result<std::string> print_header(const ParameterSet& tensors,
                                 const std::map<std::string, std::string>& metadata,
                                 const std::string& where) {
    const auto unreadable = [&](const std::string& what) {
        return fail(ErrorKind::data, fmt::format("cannot write `{}`: {} is not UTF-8", where, what), where);
    };
    std::string text = "{";
    for (const auto& [key, value] : metadata) {
        const auto name = json_string(key);
        const auto content = json_string(value);
        if (!name || !content) {
            return unreadable("a string of its metadata");
        }
        text += fmt::format("{}{}:{}", text.size() == 1 ? "\"__metadata__\":{" : ",", *name, *content);
    }
    text += metadata.empty() ? "" : "}";
    for (const auto& entry : tensors.layout().entries()) {
        const auto name = json_string(entry.name);
        if (!name) {
            return unreadable("the name of a tensor");
        }
        if (entry.name == metadata_key) {
            return fail(ErrorKind::data,
                        fmt::format("cannot write `{}`: no tensor may be called `{}`", where, metadata_key),
                        where);
        }
        text += fmt::format("{}{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                            text.size() == 1 ? "" : ",", *name, to_text(entry.type),
                            fmt::join(entry.shape, ","), entry.offset, entry.offset + entry.bytes());
    }
    text += '}';
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
}

}  // namespace trama::core
