/// The constants of the Gear hash: one 64-bit number a byte value, part of the format.
///
/// Gear (Xia et al., "Ddelta", 2014; the hash of FastCDC, USENIX ATC '16) adds `values[byte]` to a
/// hash that moves one bit left for each byte. Entry `b` is the first 8 bytes, big-endian, of
/// SHA-256("reprostore-gear-v1" followed by the byte `b`): numbers that nobody chose. Made by
///
///     python3 -c 'import hashlib
///     for b in range(256): print("0x" + hashlib.sha256(
///       b"reprostore-gear-v1" + bytes([b])).hexdigest()[:16])'
///
/// The table is public on purpose: keyed tables do not hide chunk lengths (eprint 2025/532).
package enum GearTable {
  package static let values: [UInt64] = [
    0x9eac_14f2_8708_f7ed, 0x51fe_5691_e322_5bf6, 0xbb5e_73f3_a9e4_fa2b, 0xa62f_51da_fca5_b63d,
    0x2fdd_9657_2a02_aaae, 0x450f_ce25_c540_f5a7, 0x23cb_00c1_1d18_4694, 0x4a99_5321_9379_976e,
    0x73f6_48ab_5a74_ea24, 0xaff0_4046_f02a_d0f1, 0xb569_fe16_2bfe_d2f8, 0xa8f3_d449_5af1_81d5,
    0x9cde_1404_1f58_298c, 0xd36b_2973_db96_2d9a, 0x8640_c519_a4f3_6edd, 0x6a5f_fe60_59b3_8b32,
    0xe48d_c498_b892_9308, 0xc4cf_0cf0_92ae_3317, 0xb5fd_7103_e892_f5c1, 0x8add_f12c_71db_5927,
    0x7051_3c5c_5423_387a, 0x44a1_dcdd_f706_abfd, 0x5c23_d51c_da0a_296a, 0x1f69_93f0_7a29_53d9,
    0xfc19_dfdd_0a01_8bc6, 0xd944_7f65_8daa_eea1, 0x06cc_346f_39ac_d9f1, 0x9943_8ffc_ae0a_d333,
    0xdb7b_0d79_6a79_e81c, 0xb60c_ce21_0415_a5f3, 0xa8de_fe14_ec16_eedb, 0x382f_3a6b_6463_6638,
    0x7e70_d3fc_6252_8039, 0xb948_f544_b5ed_33a2, 0x795e_60ff_ba83_3d1c, 0xdfe1_ea8f_fe8e_4007,
    0x3f81_0baf_e30a_81c0, 0xf55b_7122_27af_e1a2, 0x1843_da9a_ae02_23e7, 0x7547_1490_5728_6e05,
    0xa821_a4fb_c7b8_8fa5, 0xf129_4f9e_267b_e0f0, 0x4d36_1670_f92e_276e, 0xbd3c_0989_6971_7ff9,
    0x8e66_6a10_5826_7456, 0x6458_1037_67c4_a9ce, 0x84b8_91d8_f473_dbcd, 0x70da_1cea_2017_a6b1,
    0x7806_6780_f233_b4d5, 0xe691_57b3_8070_e9db, 0xcb1a_448c_a70e_4bb5, 0xbd56_13bb_302d_fa14,
    0x59fa_2cd0_ba71_c278, 0x47e1_de48_4f7a_0922, 0xeef0_c1a5_40c0_e891, 0xf45a_99ae_3a8c_1d69,
    0x6cca_ad35_1b32_33d5, 0x0a01_3f35_d47f_8c50, 0x9588_aab9_4867_767d, 0xe245_29c8_0cf5_2b98,
    0xd552_154c_bc45_0f13, 0xfaf1_a02f_1add_30d3, 0xe25b_9dd9_e005_9f37, 0xbc97_2ece_63bd_0dc1,
    0x7f48_586c_69ef_1b62, 0x2647_f7c5_5e5b_53a5, 0xcf38_d06a_d598_4a2c, 0xf216_dee0_84ad_b54a,
    0xe1ad_ec47_f241_e473, 0xc5c9_2307_8455_353f, 0x47c1_a337_2dd1_34b3, 0xaf0e_ad2f_4f96_776b,
    0x2a89_b103_f33d_0df7, 0x20bd_5787_36cf_ed17, 0xc341_936d_97fd_7b9b, 0x68c1_c963_c5b7_6fc2,
    0xaa8b_118e_4116_28b7, 0x535e_9716_a1e9_8381, 0x7a69_a110_5f9a_cbb3, 0x78e5_d24d_1ca5_0171,
    0x35a4_657a_bd3c_929a, 0x7d9e_2e1d_d4f8_f218, 0xe850_8a3d_e7d0_ea5a, 0xfa18_6940_731a_a4ff,
    0x41cc_9ee3_4739_d91a, 0x8e40_b0de_be73_fae5, 0xd206_2bf2_cfa2_a47c, 0x94ec_ad6b_ad4b_ea35,
    0xa853_9476_900d_d7de, 0x836d_6715_3f76_1cf0, 0xab5d_6c92_d223_2b3a, 0x363f_1b3e_47c4_2d04,
    0x16f1_6e70_0fc7_9cb2, 0xffa7_e886_4be3_a402, 0xf48c_4da0_362c_bf8f, 0x227e_b484_b8d9_d4e0,
    0xee24_ad73_a783_b9fd, 0xc3fa_845f_a14a_7b81, 0x8f2d_d5bf_e11f_46bd, 0x198f_40b8_e235_cb30,
    0x1fd2_5d4c_2fe1_3ef5, 0x6a89_630c_815a_37ce, 0xd826_ec5b_b615_3d99, 0xf6a5_b483_c754_288d,
    0x0455_43d1_481e_9dff, 0x9a60_0d14_55a4_e371, 0x1756_5486_3a27_4cc2, 0x67df_128c_498d_321c,
    0xb980_03f4_548b_73ff, 0x593d_8e64_a4f5_b91d, 0xdede_f8cc_c11d_d7f2, 0xb043_9582_568b_f6e6,
    0x4eef_a56a_938f_ba53, 0x549e_2397_2702_68a7, 0x1fab_1d3c_e95c_17a2, 0xc63d_e8f9_abc4_284b,
    0xe87b_44b1_e865_9abb, 0xb708_d521_19e8_3f95, 0x0aa0_e0ae_dc72_2e1b, 0xd672_966e_e31e_10ee,
    0x694a_7cce_aaaf_8230, 0xf1b7_ed18_5fca_abb3, 0x473e_395a_9c54_dff5, 0x77b5_4598_00fe_a3bd,
    0x3759_69a7_1c50_ad77, 0xf094_4c9a_c20f_bec2, 0x2044_d766_5c6b_81f7, 0xbfcb_7fac_db49_1031,
    0x06b4_f3e1_9847_366f, 0x713a_0e7b_8543_fd95, 0xf6a8_0e40_ed47_1579, 0x195b_dc7f_2225_7db3,
    0x5c1f_1e39_7142_8ccd, 0xc650_8908_9022_56dc, 0x8dc3_05f6_cf26_3fa3, 0x028b_638d_d6f3_60f8,
    0x441e_24f1_2545_cffc, 0x51b3_efdb_e74e_3ad8, 0xab08_d519_d427_85e4, 0xcfd7_05d8_f11f_44db,
    0xf195_a751_d28c_15ef, 0xeac7_0e88_d188_d49b, 0x5278_35cb_303f_e622, 0x5031_966e_5950_59fe,
    0x667e_b65a_b0c4_0cd6, 0x0d29_2431_567e_cc8a, 0x95c8_3a53_ad35_350e, 0x389f_97ef_4ca7_9ac3,
    0x85ce_5759_58cc_c0f3, 0xe0d8_124c_efff_0684, 0xb06b_1ac4_a098_0ac5, 0xe157_0138_8fef_fbc0,
    0x13d3_34af_fab7_a7c4, 0x2427_d0c3_a532_e2b4, 0x4848_ce39_55b9_71bf, 0x7011_c5b2_6782_5479,
    0x9e38_af85_fb45_4f87, 0x5225_2f8c_d71e_5676, 0x075c_bc7a_0424_e154, 0xcedc_06f7_7d56_95ef,
    0xc99f_f33d_eb45_3ffc, 0xb0c0_1f1c_0398_2c38, 0xc198_e38b_9ca2_afa4, 0xdc8e_8167_4b25_d8ea,
    0x68b5_b13d_5840_85fa, 0xb2a8_7791_097e_e5e4, 0xa159_1693_9149_f5f3, 0xab5d_daf9_9818_e6bb,
    0x6215_a148_12c9_d667, 0x7281_567a_7e07_6291, 0xd858_8697_8a1b_c39c, 0x3ba4_5e54_2ffb_97ee,
    0x49f4_a0be_157b_a591, 0x62db_cb77_4f2b_54b6, 0xd623_2538_a88d_d5c7, 0x2a96_cbdc_5fc0_fd11,
    0x7149_7623_6f11_3876, 0x07e0_87e8_7120_d647, 0x7b63_1b77_0395_6f52, 0x98cb_fac2_c74d_7d26,
    0xa4b4_077b_b9f0_8a01, 0x33ef_cfdf_afa6_d99a, 0xea0a_bdd5_c19c_2351, 0x7c4e_c1f3_1ac2_6d77,
    0x5919_8dbb_6ed3_ec7f, 0x4e6f_03c6_3488_3b16, 0xc9e0_47ab_f2c1_639a, 0x2362_d4fd_b7d3_e6da,
    0x0251_b9d0_e145_25e4, 0xa4ab_60b1_4df9_a31f, 0xf779_871c_f414_2e59, 0xeefe_6d04_da17_644f,
    0xd067_31fa_9cf8_9d93, 0x0562_8f49_068f_ded9, 0xf928_7fc1_af43_0bc1, 0x5723_fee6_7e49_3e3d,
    0x4166_541a_607c_d962, 0xa1e1_31d5_6c2e_e8ce, 0xa906_bbc2_16ab_ab21, 0x60bc_499a_9345_b3c0,
    0x8530_744a_bf55_bf52, 0xa27b_6673_2444_7c51, 0x23f4_f717_eb6c_b4ee, 0xd3cf_f5fa_8fa6_8f92,
    0xbecc_95fa_9862_cf98, 0xc69b_493c_6c42_13e3, 0x3f84_0af7_7f09_177c, 0x3971_979b_bef5_2b99,
    0x0317_6bf1_fbfc_f19f, 0xdf0b_fc7b_3a9b_474a, 0x9166_09fa_5e0d_5b2c, 0x2bf6_8ef1_e656_f7e7,
    0xff56_617e_f521_4164, 0xf6b7_c35f_c01d_6273, 0xe7b5_dcdd_fd7e_0da0, 0xc548_a2d7_7684_d83f,
    0x4948_e204_708b_35c4, 0xb1ec_9278_192a_9728, 0xdcde_35f8_9273_06be, 0xb87d_23b6_3861_8198,
    0x27a6_c690_8a87_86e1, 0xa8a1_cee5_28f7_d0f0, 0x60f1_0af1_287b_60be, 0xa289_8823_9c78_9a0e,
    0xfe15_4648_6fd2_9e4e, 0x9ab9_7fea_c8cf_42af, 0x563b_711d_368d_2650, 0x7d90_47b5_d507_e3c1,
    0xb642_77bc_255e_90a4, 0x06f3_729a_5ecc_e14a, 0x7ec6_da1c_f8d6_d927, 0xfa23_31ce_e13e_2913,
    0x8c14_464d_ed7e_5e0e, 0xfdf1_2890_dc3f_4706, 0xc3cb_7c87_a2f2_778e, 0xebf8_3bfa_6ca0_70f6,
    0xea7f_74e8_3140_4cdc, 0x9224_2cfa_59ec_9cf5, 0x4edd_5195_7e22_fbe8, 0x7bf0_9097_6d74_35ee,
    0x9195_c6f6_abea_4d62, 0x2622_d09c_2705_1010, 0x3148_5efb_36f2_5b69, 0x014e_0e5f_162d_3521,
    0x4c9f_b0d2_d58c_9c14, 0xbc92_8ed9_da69_5aff, 0x6566_6794_5130_ed40, 0xb081_d9c3_3839_62d0,
    0x9c99_1d06_859c_01aa, 0xa61b_c4eb_652a_1f73, 0x273c_166a_fd53_3f52, 0x7d86_9957_f761_a247,
    0x0369_8e17_032e_97f2, 0x4237_f211_f6af_86c8, 0x72d2_ee03_086c_e744, 0xc294_dd99_9385_f706,
  ]
}
