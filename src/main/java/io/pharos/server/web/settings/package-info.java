/// The page of this Pharos: its configuration, flags, limits, versions, loops, and what it costs.
@NullMarked
package io.pharos.server.web.settings;

import org.jspecify.annotations.NullMarked;
