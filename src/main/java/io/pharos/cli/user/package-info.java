/// The command `user`, which edits the people file.
@NullMarked
package io.pharos.cli.user;

import org.jspecify.annotations.NullMarked;
