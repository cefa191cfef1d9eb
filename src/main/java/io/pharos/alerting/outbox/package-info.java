/// The outbox: stores each decision to notify before anything is sent, delivers it with retries,
/// and keeps the ledger of deliveries.
///
/// Each pair of alert group and integration has its own queue, so that a slow receiver does not
/// delay other receivers.
@NullMarked
package io.pharos.alerting.outbox;

import org.jspecify.annotations.NullMarked;
