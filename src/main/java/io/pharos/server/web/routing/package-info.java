/// Routing: the page of routes and receivers, where an alert would go, and the ledger of
/// deliveries.
@NullMarked
package io.pharos.server.web.routing;

import org.jspecify.annotations.NullMarked;
