package io.pharos.tap.proxy;

import io.pharos.tap.AccessLog;
import io.pharos.tap.RouteTable;
import io.pharos.tap.TapMeters;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// State shared by all exchanges of a tap.
///
/// @param routes current routes; may change between two requests
/// @param leaving whether each answer closes its connection
record TapParts(
    TapOptions options,
    ReloadableTls tls,
    Supplier<RouteTable> routes,
    TapMeters meters,
    AccessLog log,
    InstantSource clock,
    AtomicBoolean leaving) {}
