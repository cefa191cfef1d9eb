/// The command line: the list of commands, their help and the completion script.
@NullMarked
package io.pharos.cli;

import org.jspecify.annotations.NullMarked;
