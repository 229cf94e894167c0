#include "compute/inventory/inventory.h"

#include <boost/json/array.hpp>

#include "compute/json_fields.h"

namespace kapok::compute {

namespace {

boost::json::object to_json(const Cpu& cpu) {
    return {{"architecture", cpu.architecture},
            {"vendor", cpu.vendor},
            {"model", cpu.model},
            {"family", cpu.family},
            {"isa", boost::json::array(cpu.isa.begin(), cpu.isa.end())},
            {"sockets", cpu.sockets},
            {"cores", cpu.cores},
            {"threads", cpu.threads},
            {"frequency_khz", cpu.frequency_khz},
            {"frequency_max_khz", cpu.frequency_max_khz},
            {"cache_bytes", cpu.cache_bytes}};
}

Cpu read_cpu(JsonFields& fields) {
    return {fields.text("architecture"),
            fields.text("vendor"),
            fields.text("model"),
            fields.integer("family"),
            fields.texts("isa"),
            fields.integer("sockets"),
            fields.integer("cores"),
            fields.integer("threads"),
            fields.integer("frequency_khz"),
            fields.integer("frequency_max_khz"),
            fields.integer("cache_bytes")};
}

boost::json::object to_json(const Accelerator& card) {
    return {{"vendor", card.vendor}, {"model", card.model},    {"index", card.index},
            {"serial", card.serial}, {"bus", card.bus},        {"memory_bytes", card.memory_bytes},
            {"driver", card.driver}, {"healthy", card.healthy}};
}

Accelerator read_accelerator(JsonFields& fields) {
    return {fields.text("vendor"), fields.text("model"),     fields.integer("index"),
            fields.text("serial"), fields.text("bus"),       fields.integer("memory_bytes"),
            fields.text("driver"), fields.boolean("healthy")};
}

boost::json::object to_json(const Disk& disk) {
    return {{"name", disk.name},
            {"model", disk.model},
            {"capacity_bytes", disk.capacity_bytes},
            {"rotational", disk.rotational}};
}

boost::json::object to_json(const NumaNode& node) {
    return {{"index", node.index}, {"cpus", node.cpus}, {"memory_bytes", node.memory_bytes}};
}

boost::json::object to_json(const UnmanagedCard& card) {
    return {{"vendor", card.vendor}, {"bus", card.bus}};
}

template <class T>
boost::json::array list(const std::vector<T>& items) {
    boost::json::array all;
    for (const T& item : items) {
        all.push_back(to_json(item));
    }
    return all;
}

Inventory read_inventory(JsonFields& fields) {
    Inventory inventory;
    inventory.hostname = fields.text("hostname");
    inventory.operating_system = fields.text("operating_system");
    inventory.kernel = fields.text("kernel");
    inventory.boot_id = fields.text("boot_id");
    inventory.cpu = fields.nested("cpu", read_cpu);
    inventory.memory_bytes = fields.integer("memory_bytes");
    inventory.swap_bytes = fields.integer("swap_bytes");
    inventory.usable_cpu_milli = fields.integer("usable_cpu_milli");
    inventory.usable_memory_bytes = fields.integer("usable_memory_bytes");
    inventory.numa = fields.objects("numa", [](JsonFields& item) {
        return NumaNode{item.integer("index"), item.text("cpus"), item.integer("memory_bytes")};
    });
    inventory.disks = fields.objects("disks", [](JsonFields& item) {
        return Disk{item.text("name"), item.text("model"), item.integer("capacity_bytes"),
                    item.boolean("rotational")};
    });
    inventory.accelerators = fields.objects("accelerators", read_accelerator);
    inventory.unmanaged_cards = fields.objects("unmanaged_cards", [](JsonFields& item) {
        return UnmanagedCard{item.text("vendor"), item.text("bus")};
    });
    return inventory;
}

}  // namespace

boost::json::object to_json(const Inventory& inventory) {
    return {{"hostname", inventory.hostname},
            {"operating_system", inventory.operating_system},
            {"kernel", inventory.kernel},
            {"boot_id", inventory.boot_id},
            {"cpu", to_json(inventory.cpu)},
            {"memory_bytes", inventory.memory_bytes},
            {"swap_bytes", inventory.swap_bytes},
            {"usable_cpu_milli", inventory.usable_cpu_milli},
            {"usable_memory_bytes", inventory.usable_memory_bytes},
            {"numa", list(inventory.numa)},
            {"disks", list(inventory.disks)},
            {"accelerators", list(inventory.accelerators)},
            {"unmanaged_cards", list(inventory.unmanaged_cards)}};
}

core::Result<Inventory> inventory_from_json(const boost::json::object& object) {
    return read_document(object, read_inventory);
}

}  // namespace kapok::compute
