package io.pharos.server.web;

import java.util.List;

/// A rendered runbook.
///
/// @param html its text without the first heading
/// @param missing placeholders without a value, which the reader must replace
/// @param refused placeholders whose value was unsafe in a command
/// @param commands the commands of its blocks, one per line
public record RunbookPage(
    String html, List<String> missing, List<String> refused, List<String> commands) {
  public RunbookPage {
    missing = List.copyOf(missing);
    refused = List.copyOf(refused);
    commands = List.copyOf(commands);
  }
}
