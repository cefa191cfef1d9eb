/// Releases: the list with its line of time, and the pages of deployments, gates and rollouts.
@NullMarked
package io.pharos.server.web.release;

import org.jspecify.annotations.NullMarked;
