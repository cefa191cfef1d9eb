package io.pharos.tap.proxy;

import io.pharos.tap.AccessLog;
import io.pharos.tap.RouteTable;
import io.pharos.tap.TapMeters;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// What all exchanges of a tap share.
///
/// @param tls the certificates of now
/// @param routes those of now: they may change between two requests
/// @param leaving whether connections are to be closed after their answers
record TapParts(
    TapOptions options,
    ReloadableTls tls,
    Supplier<RouteTable> routes,
    TapMeters meters,
    AccessLog log,
    InstantSource clock,
    AtomicBoolean leaving) {}
