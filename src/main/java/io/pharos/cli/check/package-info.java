/// `pharos check`, `test`, `rules` and `slo`: the versioned files, without a server.
@NullMarked
package io.pharos.cli.check;

import org.jspecify.annotations.NullMarked;
