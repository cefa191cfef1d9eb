/// `pharos check`, `test`, `rules` and `slo`: commands that read the versioned files and need no
/// server.
@NullMarked
package io.pharos.cli.check;

import org.jspecify.annotations.NullMarked;
