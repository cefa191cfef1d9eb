/// Commands that read from a running server: `query`, `logs`, `dashboards`, `notify`, `health`.
@NullMarked
package io.pharos.cli.query;

import org.jspecify.annotations.NullMarked;
