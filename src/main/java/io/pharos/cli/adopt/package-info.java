/// `pharos init` and `pharos import`: the first files of a new user.
@NullMarked
package io.pharos.cli.adopt;

import org.jspecify.annotations.NullMarked;
