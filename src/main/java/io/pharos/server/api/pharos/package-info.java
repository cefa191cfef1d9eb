/// Pharos' own API: deployments, gates, rollouts, migrations, push probes, receivers,
/// notifications.
@NullMarked
package io.pharos.server.api.pharos;

import org.jspecify.annotations.NullMarked;
