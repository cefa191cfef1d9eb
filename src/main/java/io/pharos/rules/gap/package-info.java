/// Evaluates expressions as if the samples that Pharos failed to collect had been stored.
///
/// [GapFills] evaluates an expression once for each [Fill]. A result that all of them contain does
/// not depend on the missing samples.
@NullMarked
package io.pharos.rules.gap;

import org.jspecify.annotations.NullMarked;
