/// The command line: flags, and every command that runs without the server (`check`, `test`,
/// `query`, `gate`, `demo-backend`, …). Nothing here starts Quarkus.
@NullMarked
package io.pharos.cli;

import org.jspecify.annotations.NullMarked;
