/// Recurring work: the scheduler's interface and its implementation without Quarkus, group commits,
/// and the registry of loops with their last runs.
@NullMarked
package io.pharos.schedule;

import org.jspecify.annotations.NullMarked;
