/// The outbox: stores each decision to notify before anything is sent, delivers it with retries,
/// and keeps the ledger of deliveries.
///
/// Each pair of alert group and integration has a queue of its own, so that a slow receiver delays
/// no other.
@NullMarked
package io.pharos.alerting.outbox;

import org.jspecify.annotations.NullMarked;
