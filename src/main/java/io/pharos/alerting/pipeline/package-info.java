/// Turns a flushed alert group into proposed notifications: the muting stages, the decision whether
/// a notification is due, and the interface to the receivers ([Notifier]).
@NullMarked
package io.pharos.alerting.pipeline;

import org.jspecify.annotations.NullMarked;
