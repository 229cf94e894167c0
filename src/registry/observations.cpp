#include "registry/observations.h"

namespace kapok::registry {

Fact to_fact(const Observation& observation) {
    return {observation.at,           "observation " + std::to_string(observation.number),
            observation.organization, observation.subject,
            observation.labels,       observation.value};
}

}  // namespace kapok::registry
