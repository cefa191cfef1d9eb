/// Incidents: all current alerts, of own rules and posted by others, grouped as the notifier groups
/// them, with their causes, and the pages that show them.
@NullMarked
package io.pharos.server.web.incident;

import org.jspecify.annotations.NullMarked;
