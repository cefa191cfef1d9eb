/// From a flushed alert group to proposed notifications: the muting stages, the decision whether a
/// notification is due, and the port to the receivers ([Notifier]).
@NullMarked
package io.pharos.alerting.pipeline;

import org.jspecify.annotations.NullMarked;
