//! The test vectors of `docs/noise.md`, which come from the program there, not from this crate.

use sdec_noise::{
    Key, Purpose, block_words, name_hash, normal_f32, normal_f64, stream_key, uniform_f32,
    uniform_f64,
};

struct Vector {
    /// Seed, name, iteration.
    stream: (u64, &'static str, u64),
    hash: u64,
    key: [u32; 2],
    /// Path, block.
    place: (u64, u64),
    words: [u32; 4],
    uniforms_f64: [u64; 2],
    normals_f64: [u64; 2],
    uniforms_f32: [u32; 4],
    normals_f32: [u32; 4],
}

const VECTORS: [Vector; 7] = [
    Vector {
        stream: (0, "W", 0),
        hash: 0xd491_989f_2324_069a,
        key: [0x717b_20da, 0x8803_ea59],
        place: (0, 0),
        words: [0x3fbc_a353, 0x44fe_7590, 0x6e89_90e2, 0xdbc5_0f35],
        uniforms_f64: [0x3fcf_de51_a9a2_7f3b, 0x3fdb_a264_38b6_f144],
        normals_f64: [0xbff8_4499_a57f_91a1, 0x3fe6_2d61_4139_4431],
        uniforms_f32: [0x3e7e_f28d, 0x3e89_fceb, 0x3edd_1322, 0x3f5b_c50f],
        normals_f32: [0xbe50_c74d, 0x3fd3_d95d, 0x3f51_069b, 0xbf80_d3b7],
    },
    Vector {
        stream: (7, "GBM.W", 0),
        hash: 0x6e68_cd68_f61c_bdb3,
        key: [0xf2ed_26ba, 0x6e04_49bb],
        place: (0, 0),
        words: [0xbd41_30ca, 0x662e_ea5d, 0x53b8_ce54, 0xc429_3804],
        uniforms_f64: [0x3fe7_a826_194c_c5dd, 0x3fd4_ee33_9531_0a4e],
        normals_f64: [0xbfd7_266f_717b_44b5, 0x3fe6_03fd_0db3_6784],
        uniforms_f32: [0x3f3d_4131, 0x3ecc_5dd5, 0x3ea7_719d, 0x3f44_2938],
        normals_f32: [0xbf20_5b74, 0x3eeb_a123, 0x3e1c_1558, 0xbfbe_607f],
    },
    Vector {
        stream: (7, "GBM.W", 0),
        hash: 0x6e68_cd68_f61c_bdb3,
        key: [0xf2ed_26ba, 0x6e04_49bb],
        place: (1, 0),
        words: [0x1bd5_05ec, 0xdbed_a617, 0xc5c9_4643, 0xf2ce_fa53],
        uniforms_f64: [0x3fbb_d505_ecdb_eda6, 0x3fe8_b928_c87e_59df],
        normals_f64: [0x3fd3_1540_6b16_f468, 0xc000_aefc_0191_b942],
        uniforms_f32: [0x3dde_a82f, 0x3f5b_eda6, 0x3f45_c946, 0x3f72_cefa],
        normals_f32: [0x3faa_b2aa, 0xbfd0_be6d, 0x3f2e_55d2, 0xbe6a_02e1],
    },
    Vector {
        stream: (7, "GBM.W", 0),
        hash: 0x6e68_cd68_f61c_bdb3,
        key: [0xf2ed_26ba, 0x6e04_49bb],
        place: (0, 1),
        words: [0xb491_60b7, 0x776b_9ffd, 0x4065_a762, 0x89a4_8d63],
        uniforms_f64: [0x3fe6_922c_16ee_ed74, 0x3fd0_1969_d8a2_6923],
        normals_f64: [0xbf80_ad51_5342_8cd6, 0x3fea_bc7d_050a_34b6],
        uniforms_f32: [0x3f34_9161, 0x3eee_d740, 0x3e80_cb4f, 0x3f09_a48d],
        normals_f32: [0xbf51_2cf1, 0x3e32_d6f1, 0xbfce_bae1, 0xbec7_71c2],
    },
    Vector {
        stream: (7, "GBM.W", 1),
        hash: 0x6e68_cd68_f61c_bdb3,
        key: [0xf225_ad30, 0xeada_a5bd],
        place: (0, 0),
        words: [0xa0b9_284f, 0x584f_ede7, 0x2e13_fb21, 0x634d_8f2c],
        uniforms_f64: [0x3fe4_1725_09eb_09fe, 0x3fc7_09fd_90b1_a6c8],
        normals_f64: [0x3fda_4ba1_d363_fe06, 0x3feb_efd5_c67d_82af],
        uniforms_f32: [0x3f20_b928, 0x3eb0_9fdc, 0x3e38_4fed, 0x3ec6_9b1e],
        normals_f32: [0xbf0a_cce2, 0x3f4c_5284, 0xbfb4_a435, 0x3f99_7e9b],
    },
    Vector {
        stream: (9223372036854775813, "Bates.σ", 1099511627776),
        hash: 0xdd6a_c2d7_eaaa_960b,
        key: [0x162d_d383, 0xd5ae_f7e6],
        place: (4294967299, 17179869185),
        words: [0x51aa_44b4, 0xcb14_1115, 0x3dab_f73a, 0xe58f_4211],
        uniforms_f64: [0x3fd4_6a91_2d32_c504, 0x3fce_d5fb_9d72_c7a1],
        normals_f64: [0x3fb6_1a0e_ec94_d481, 0x3ff8_25a1_f5c8_6338],
        uniforms_f32: [0x3ea3_5489, 0x3f4b_1411, 0x3e76_afdd, 0x3f65_8f42],
        normals_f32: [0x3ecf_dc94, 0xbfba_6219, 0x3fac_1028, 0xbf82_8456],
    },
    Vector {
        stream: (12345, "Lorenz.W", 3),
        hash: 0xdcb2_273d_f6f3_14b6,
        key: [0xa391_11b2, 0xce6d_008d],
        place: (999999, 123456),
        words: [0xaac4_d40b, 0xae1e_2896, 0xac02_8a0d, 0xc2ce_4a04],
        uniforms_f64: [0x3fe5_589a_8175_c3c5, 0x3fe5_8051_41b8_59c9],
        normals_f64: [0xbfdb_22b7_61de_6d64, 0xbfe9_6600_ca3f_da50],
        uniforms_f32: [0x3f2a_c4d4, 0x3f2e_1e29, 0x3f2c_028a, 0x3f42_ce4a],
        normals_f32: [0xbec3_c79f, 0xbf50_875a, 0x3d7b_57f4, 0xbf63_c066],
    },
];

#[test]
fn vectors() {
    for vector in VECTORS {
        let (seed, name, iteration) = vector.stream;
        assert_eq!(name_hash(name), vector.hash, "hash of {name}");
        let key = stream_key(seed, name, iteration);
        assert_eq!(key, Key(vector.key), "key of {name}");
        let (path, block) = vector.place;
        assert_eq!(block_words(key, Purpose::DRAWS, path, block), vector.words);
        let doubles = |draw: fn(Key, u64, u64) -> f64| {
            [0, 1].map(|k| draw(key, path, 2 * block + k).to_bits())
        };
        let singles = |draw: fn(Key, u64, u64) -> f32| {
            [0, 1, 2, 3].map(|k| draw(key, path, 4 * block + k).to_bits())
        };
        assert_eq!(doubles(uniform_f64), vector.uniforms_f64);
        assert_eq!(doubles(normal_f64), vector.normals_f64);
        assert_eq!(singles(uniform_f32), vector.uniforms_f32);
        assert_eq!(singles(normal_f32), vector.normals_f32);
    }
}
