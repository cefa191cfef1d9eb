package io.pharos.cli.serve;

import io.pharos.logs.AccessLines;
import io.pharos.tap.proxy.TapOptions;
import java.nio.file.Path;
import java.time.Duration;

/// The settings of a tap.
///
/// @param routes the file of the backend's routes
/// @param extent which requests get a line in the access log
/// @param drain how long a stop waits for open requests
public record TapSettings(
    TapOptions options, Path routes, AccessLines.Extent extent, Duration drain) {}
