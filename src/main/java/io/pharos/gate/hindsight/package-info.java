/// What is known of a release afterwards: whether the stored gate is what was recorded, what
/// judging it again gives, what another policy would have said, and what a verdict is regretted
/// for.
@NullMarked
package io.pharos.gate.hindsight;

import org.jspecify.annotations.NullMarked;
