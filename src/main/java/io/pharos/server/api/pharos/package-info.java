/// Pharos' own API: deployments, gates, receivers, notifications.
@NullMarked
package io.pharos.server.api.pharos;

import org.jspecify.annotations.NullMarked;
