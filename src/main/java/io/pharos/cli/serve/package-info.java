/// `pharos tap`, `pharos migrate`, and the flags of these commands and of `pharos serve`.
@NullMarked
package io.pharos.cli.serve;

import org.jspecify.annotations.NullMarked;
