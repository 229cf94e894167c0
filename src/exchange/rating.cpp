#include "exchange/rating.h"

#include <algorithm>
#include <cassert>

#include "core/timestamp.h"
#include "exchange/errors.h"
#include "exchange/limits.h"

namespace kapok::exchange {
namespace {

core::Result<const Price*> find_price(std::span<const Price> prices, ProductId product,
                                      std::string_view meter, core::Timestamp when) {
    const Price* price = price_at(prices, meter, when);
    if (price == nullptr) {
        return core::fail(kNoPrice, {{"product", product.text()},
                                     {"meter", std::string(meter)},
                                     {"time", core::to_rfc3339(when)}});
    }
    return price;
}

core::Money least(core::Money left, core::Money right) {
    return left.micros() < right.micros() ? left : right;
}

}  // namespace

const Price* price_at(std::span<const Price> prices, std::string_view meter,
                      core::Timestamp when) noexcept {
    const Price* best = nullptr;
    for (const Price& price : prices) {
        if (price.meter != meter || price.valid_from > when) {
            continue;
        }
        if (best == nullptr || price.valid_from > best->valid_from ||
            (price.valid_from == best->valid_from && price.created_at >= best->created_at)) {
            best = &price;
        }
    }
    return best;
}

core::Result<void> check(const UsageRecord& record) {
    const auto bad = [](std::string_view field, std::string expected, std::string actual) {
        return core::fail(kBadUsage, {{"field", std::string(field)},
                                      {"expected", std::move(expected)},
                                      {"actual", std::move(actual)}});
    };
    if (record.id.is_zero() || record.product.is_zero() || record.project.is_zero() ||
        record.organization.is_zero()) {
        return bad("id", "not zero", "zero");
    }
    if (record.meter.empty() || std::ssize(record.meter) > kMeterBytesMax) {
        return bad("meter", "1..64 byte", std::to_string(record.meter.size()));
    }
    if (std::ssize(record.subject) > kSubjectBytesMax) {
        return bad("subject", "0..256 byte", std::to_string(record.subject.size()));
    }
    if (std::ssize(record.evidence) > kEvidenceBytesMax) {
        return bad("evidence", "0..4096 byte", std::to_string(record.evidence.size()));
    }
    if (record.quantity.count < 0 || record.quantity.count > kQuantityMax) {
        return bad("quantity", "0..10^18", std::to_string(record.quantity.count));
    }
    if (record.window_end < record.window_start ||
        record.window_end - record.window_start > kWindowMax) {
        return bad("window_end", "0..31 day after window_start",
                   core::to_rfc3339(record.window_end));
    }
    return {};
}

core::Result<Rated> rate(const UsageRecord& record, std::span<const Price> prices) {
    const auto price = find_price(prices, record.product, record.meter, record.window_start);
    if (!price) {
        return std::unexpected(price.error());
    }
    const auto amount = core::charge((*price)->price, record.quantity);
    if (!amount) {
        return std::unexpected(amount.error());
    }
    return Rated{record.id, (*price)->id, record.quantity, *amount};
}

core::Result<core::Money> bound(std::span<const MeterBound> meters, std::span<const Price> prices,
                                core::Currency currency, core::Timestamp when) {
    core::Money total = core::Money::zero(currency);
    for (const MeterBound& meter : meters) {
        const ProductId product = prices.empty() ? ProductId() : prices.front().product;
        const auto price = find_price(prices, product, meter.meter, when);
        if (!price) {
            return std::unexpected(price.error());
        }
        const auto most = core::charge((*price)->price, meter.most);
        if (!most) {
            return std::unexpected(most.error());
        }
        const auto sum = core::add(total, *most);
        if (!sum) {
            return std::unexpected(sum.error());
        }
        total = *sum;
    }
    return total;
}

core::Result<Coverage> cover(core::Money total, core::Money held, core::Money available) {
    assert(total.micros() >= 0 && held.micros() >= 0);
    const core::Money captured = least(total, held);
    const auto rest = core::subtract(total, captured);
    if (!rest) {
        return std::unexpected(rest.error());
    }
    const core::Money spendable =
        available.micros() < 0 ? core::Money::zero(available.currency()) : available;
    const core::Money posted = least(*rest, spendable);
    const auto written_off = core::subtract(*rest, posted);
    if (!written_off) {
        return std::unexpected(written_off.error());
    }
    return Coverage{captured, posted, *written_off};
}

}  // namespace kapok::exchange
