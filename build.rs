//! Compiles `proto/`, and passes on the target triple, which the compiler does not tell.
//!
//! For each of the two protobuf packages `OUT_DIR` receives `PACKAGE.rs`, messages with a server and a client, and
//! `PACKAGE.bin`, the file descriptor set with its imports: what server reflection hands out and the wire test reads.

use std::error::Error;
use std::path::Path;

use tonic_prost_build::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rustc-env=BUILD_TARGET={}", std::env::var("TARGET")?);
    let out_dir = std::env::var("OUT_DIR")?;
    let out_dir = Path::new(&out_dir);

    // With default bodies, which answer `Unimplemented`: of Terraform's 36 calls we write those we serve.
    let provider = builder().generate_default_stubs(true);
    compile(out_dir, "tfplugin6", &["tfplugin6.proto"], provider)?;

    // Without them: these services have one call each, and the compiler shall miss the one that was forgotten.
    let services = [
        "plugin/grpc_broker.proto",
        "plugin/grpc_controller.proto",
        "plugin/grpc_stdio.proto",
    ];
    compile(out_dir, "plugin", &services, builder())
}

/// The options both packages share.
fn builder() -> Builder {
    tonic_prost_build::configure()
        // Clients are for the tests, which bring the channel; in the binaries the linker drops them.
        .build_transport(false)
        // Two answers to one question are the same bytes only if maps have an order.
        .btree_map(".")
        // `bytes` fields stay `Vec<u8>`. `bytes::Bytes` would spare one copy of a few hundred bytes per value, but each
        // value kept would hold the whole receive buffer, and the buffer could not be used again.
        //
        // Values may hold secrets: `protocol::proto` writes their `Debug` by hand, without the content.
        .skip_debug([".tfplugin6.DynamicValue", ".tfplugin6.RawState"])
}

/// Writes `PACKAGE.bin` and `PACKAGE.rs` for `files`, which are named relative to `proto/`.
fn compile(
    out_dir: &Path,
    package: &str,
    files: &[&str],
    builder: Builder,
) -> Result<(), Box<dyn Error>> {
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).open_files(files)?;
    std::fs::write(
        out_dir.join(format!("{package}.bin")),
        compiler.encode_file_descriptor_set(),
    )?;

    // The comments: documentation for the generated code, dead weight in the binary.
    compiler.include_source_info(true);
    builder
        .out_dir(out_dir)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
