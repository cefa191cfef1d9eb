/// `pharos serve` and its flags, `pharos tap`, which has some of them, and `pharos migrate`.
@NullMarked
package io.pharos.cli.serve;

import org.jspecify.annotations.NullMarked;
